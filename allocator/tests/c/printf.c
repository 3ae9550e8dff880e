/* Prints each case with the header's printf, into a pipe, and compares with
 * what the C library makes of it. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "printf.h"

static int failures;

#define CASE(...)                                                              \
	do {                                                                   \
		char expected[256], got[256];                                  \
		int count = snprintf(expected, sizeof(expected),               \
				     __VA_ARGS__);                             \
		int written;                                                   \
		ssize_t length;                                                \
									       \
		written = printf(__VA_ARGS__);                                 \
		length = read(ends[0], got, sizeof(got));                      \
		if (written != count || length != count ||                     \
		    memcmp(expected, got, (size_t)count) != 0) {               \
			failures++;                                            \
			fprintf(stderr, "line %d: '%.*s', not '%s'\n",         \
				__LINE__, (int)length, got, expected);         \
		}                                                              \
	} while (0)

int main(void)
{
	int ends[2];

	if (pipe(ends) != 0 || dup2(ends[1], STDOUT_FILENO) < 0)
		return 2;
	CASE("plain %% text\n");
	CASE("%d %i %d %d", 0, -1, INT_MAX, INT_MIN);
	CASE("%u %x %X", UINT_MAX, 0xdeadbeefU, 0xdeadbeefU);
	CASE("%ld %lu %lx", LONG_MIN, ULONG_MAX, ULONG_MAX);
	CASE("%lld %llu %llX", LLONG_MIN, ULLONG_MAX, ULLONG_MAX);
	CASE("%zu %zd %zx", (size_t)-1, (ssize_t)-5, (size_t)131072);
	CASE("%hd %hhu", (short)-3, (unsigned char)200);
	CASE("[%5d] [%-5d] [%05d] [%5d]", 42, 42, -42, 1234567);
	CASE("[%8x] [%-8x] [%08x]", 0xab, 0xab, 0xab);
	CASE("[%.3d] [%8.3d] [%-8.3d] [%.0d]", 7, 7, -7, 0);
	CASE("[%s] [%8s] [%-8s] [%.2s] [%8.2s]", "abc", "abc", "abc", "abc",
	     "abc");
	CASE("[%*d] [%-*d] [%*d] [%.*s] [%.*s]", 5, 1, 5, 2, -5, 3, 2, "abc",
	     -1, "abc");
	CASE("[%c] [%3c] [%-3c]", 'x', 'y', 'z');
	CASE("%p %p [%20p] [%-20p]", (void *)&failures, NULL, (void *)main,
	     (void *)main);
	CASE("%d%s%c", 1, "", '!');
	/* Cut off, and no more than the line holds. */
	if (printf("%2000d", 1) != OSMEM_PRINTF_MAX)
		failures++;
	return failures != 0;
}
