#define _GNU_SOURCE
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "osmem.h"

/* Not every program needs every helper. */
#define HELPER static __attribute__((unused))

/* What a call returned, and what lies there. Call k is block[k]. */
static struct block {
	unsigned char *payload;
	size_t size;
	int live;
} block[CALLS + 1];

static int current;		/* the number of the call */
static uintptr_t heap;		/* where the heap starts */

/* What the library asked for in this call, and what is wrong with it. */
static int maps, unmaps;
static size_t map_length, unmap_length;
static const char *odd_request;
static void *mapping[2 * CALLS + 1];	/* where mappings started */

static uintptr_t current_break(void)
{
	return (uintptr_t)syscall(SYS_brk, 0);
}

/* Stands in front of the C library's, so that the library's calls are seen. */
void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	static size_t made;
	void *start = (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);

	maps++;
	map_length = length;
	if (protection != (PROT_READ | PROT_WRITE) || flags != (MAP_PRIVATE | MAP_ANONYMOUS))
		odd_request = "mmap is not asked for private anonymous memory to read and write";
	if (made < sizeof(mapping) / sizeof(*mapping))
		mapping[made++] = start;
	return start;
}

int munmap(void *address, size_t length)
{
	unmaps++;
	unmap_length = length;
	odd_request = "munmap does not start where a mapping starts";
	for (size_t i = 0; i < sizeof(mapping) / sizeof(*mapping); i++)
		if (address && mapping[i] == address)
			odd_request = NULL;
	return (int)syscall(SYS_munmap, address, length);
}

__attribute__((noinline, format(printf, 1, 2))) void repro_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fprintf(stderr, "call %d: ", current);
	vfprintf(stderr, format, arguments);
	fprintf(stderr, "\n");
	va_end(arguments);
	_exit(1);
}

/* A crash or an endless loop is a failure of the call in progress. */
HELPER void ended(int signal)
{
	repro_fail("ended by %s", signal == SIGALRM ? "nothing: it does not end" : strsignal(signal));
}

HELPER void watch_signals(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGALRM };
	static char stack[1 << 16];
	stack_t own = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = ended, .sa_flags = SA_ONSTACK };

	sigaltstack(&own, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaction(signals[i], &action, NULL);
	alarm(2);
}

/* Byte i of the payload that call `number` fills. */
static unsigned char pattern(int number, size_t i)
{
	return (unsigned char)(1 + (number * 37 + i * 11) % 255);
}

HELPER void check_kept(int number, const unsigned char *payload, size_t size, const char *what)
{
	for (size_t i = 0; i < size; i++)
		if (payload[i] != pattern(number, i))
			repro_fail("byte %zu of p%d %s", i, number, what);
}

HELPER void check_all(void)
{
	for (int k = 1; k <= CALLS; k++)
		if (block[k].live)
			check_kept(k, block[k].payload, block[k].size, "has changed");
}

HELPER void begin(int number, const char *text)
{
	current = number;
	maps = unmaps = 0;
	odd_request = NULL;
	printf("%3d  %s", number, text);
}

HELPER void *address_of(int number)
{
	return block[number].payload;
}

/* Looks at what the call returned, and fills it. `old` is the block that it resized, or 0. */
HELPER void returned(void *result, size_t size, int zero, int old)
{
	unsigned char *payload = result;
	struct block *own = &block[current];

	printf(" = %p\n", result);
	if (old && result)
		block[old].live = 0;
	own->payload = payload;
	own->size = size;
	if (!result || !size)
		return;
	if ((uintptr_t)payload % ALIGNMENT)
		repro_fail("the result is not a multiple of %d", ALIGNMENT);
	for (int k = 1; k <= CALLS; k++)
		if (block[k].live && payload - HEADER < block[k].payload + block[k].size &&
		    block[k].payload - HEADER < payload + size)
			repro_fail("the result overlaps p%d", k);
	if (zero)
		for (size_t i = 0; i < size; i++)
			if (payload[i])
				repro_fail("byte %zu is not zero", i);
	if (old)
		check_kept(old, payload, size < block[old].size ? size : block[old].size,
			   "was not kept");
	for (size_t i = 0; i < size; i++)
		payload[i] = pattern(current, i);
	own->live = 1;
	check_all();
}

HELPER void freed(int number)
{
	printf("\n");
	block[number].live = 0;
	check_all();
}

/* What the assignment asks for. */
HELPER void expect_null(void)
{
	if (block[current].payload)
		repro_fail("returns %p, it must return NULL", (void *)block[current].payload);
}

HELPER void expect_heap(size_t offset)
{
	uintptr_t payload = (uintptr_t)block[current].payload;

	if (!payload)
		repro_fail("returns NULL, it must return H+%zu", offset);
	if (payload < heap || payload >= current_break())
		repro_fail("returns an address outside the heap, it must return H+%zu", offset);
	if (payload != heap + offset)
		repro_fail("returns H+%zu, it must return H+%zu", (size_t)(payload - heap), offset);
}

/* The header of a mapped block says what has been mapped. */
HELPER void expect_mapping(size_t length)
{
	uintptr_t payload = (uintptr_t)block[current].payload;
	size_t size;
	int status;

	if (!payload || (payload >= heap && payload < current_break()))
		repro_fail("must return a block in a mapping of its own");
	memcpy(&size, (char *)payload - HEADER + SIZE_OFFSET, sizeof(size));
	memcpy(&status, (char *)payload - HEADER + STATUS_OFFSET, sizeof(status));
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (size != length - HEADER || status != 2)
		repro_fail("the header says size %zu and status %d, it must say %zu and 2", size,
			   status, length - HEADER);
}

HELPER void expect_system(size_t moved, int mapped, size_t mapped_length, int unmapped,
			  size_t unmapped_length)
{
	if (current_break() != heap + moved)
		repro_fail("the break is at H%+td, it must be at H+%zu",
			   (ptrdiff_t)(current_break() - heap), moved);
	if (maps != mapped || (mapped && map_length != mapped_length))
		repro_fail("%d mmap (%zu bytes), there must be %d (%zu bytes)", maps, map_length,
			   mapped, mapped_length);
	if (unmaps != unmapped || (unmapped && unmap_length != unmapped_length))
		repro_fail("%d munmap (%zu bytes), there must be %d (%zu bytes)", unmaps,
			   unmap_length, unmapped, unmapped_length);
	if (odd_request)
		repro_fail("%s", odd_request);
}

/* Where a link of the header at `at` leads. Mapped blocks, which may be on the list, are passed by. */
static uintptr_t follow(uintptr_t at, size_t link)
{
	uintptr_t to;

	memcpy(&to, (char *)at + link, sizeof(to));
	for (int steps = 0; steps < CALLS; steps++)
		for (int k = 1; k <= CALLS; k++)
			if (block[k].live && (uintptr_t)block[k].payload - HEADER == to &&
			    (to < heap || to >= current_break()))
				memcpy(&to, (char *)to + link, sizeof(to));
	return to;
}

HELPER void expect_links(int count, const size_t *sizes)
{
	uintptr_t at = heap;

	for (int i = 1; i < count; i++) {
		uintptr_t behind = at + HEADER + sizes[i - 1];

		if (follow(at, NEXT_OFFSET) != behind)
			repro_fail("next of block %d leads to H%+td, the block behind is at H+%zu", i,
				   (ptrdiff_t)(follow(at, NEXT_OFFSET) - heap), (size_t)(behind - heap));
		if (follow(behind, PREV_OFFSET) != at)
			repro_fail("prev of block %d leads to H%+td, the block in front is at H+%zu",
				   i + 1, (ptrdiff_t)(follow(behind, PREV_OFFSET) - heap),
				   (size_t)(at - heap));
		at = behind;
	}
}

/* Walks the headers: sizes and statuses must be those given, `count` of them, and the links lead
 * from each to the next and back. */
HELPER void expect_blocks(int count, const size_t *sizes, const char *statuses)
{
	uintptr_t at = heap;

	for (int i = 0; i < count; i++) {
		size_t size;
		int status;

		if (at + HEADER > current_break())
			repro_fail("the heap has %d blocks, it must have %d", i, count);
		memcpy(&size, (char *)at + SIZE_OFFSET, sizeof(size));
		memcpy(&status, (char *)at + STATUS_OFFSET, sizeof(status));
		size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
		if (size != sizes[i] || status != (statuses[i] == 'u'))
			repro_fail("block %d, at H+%zu, has size %zu and status %d, it must have %zu and %d",
				   i + 1, (size_t)(at - heap), size, status, sizes[i],
				   statuses[i] == 'u');
		at += HEADER + size;
	}
	if (at != current_break())
		repro_fail("the blocks end at H+%zu, the break is at H+%zu", (size_t)(at - heap),
			   (size_t)(current_break() - heap));
	expect_links(count, sizes);
}
