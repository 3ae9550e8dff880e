/* What a program may rely on of malloc and its family; run with the library
 * preloaded. A wrong answer is the exit status, a line number modulo 256.
 * With a number of seconds as argument: threads and forks for that long. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "block_meta.h"

#define CHECK(condition)                                                       \
	do {                                                                   \
		if (!(condition)) {                                            \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition);\
			exit(__LINE__ % 256 ? __LINE__ % 256 : 1);             \
		}                                                              \
	} while (0)

static int aligned(void *p, size_t to)
{
	return p != NULL && (uintptr_t)p % to == 0;
}

static int zero(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return 0;
	return 1;
}

static void one_thread(void)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 24, 1000, 4096, 70000, 200000, 3000000 };
	volatile size_t huge = SIZE_MAX / 2;
	void *p, *q;

	p = malloc(1000);
	CHECK(((struct block_meta *)p - 1)->status == STATUS_ALLOC); /* it is ours */
	free(p);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		size_t n = sizes[i];

		p = malloc(n);
		CHECK(aligned(p, 16) && malloc_usable_size(p) >= n);
		memset(p, 0xff, n);
		q = realloc(p, 2 * n + 1);
		CHECK(aligned(q, 16) && (n == 0 || ((unsigned char *)q)[n - 1] == 0xff));
		free(q);
		p = calloc(n, 3);
		CHECK(aligned(p, 16) && zero(p, 3 * n));
		memset(p, 0xff, 3 * n);
		free(p);
		for (size_t to = 8; to <= 65536; to *= 2) {
			p = NULL;
			CHECK(posix_memalign(&p, to, n) == 0);
			CHECK(aligned(p, to) && malloc_usable_size(p) >= n);
			memset(p, 0xaa, malloc_usable_size(p));
			q = realloc(p, n + 100);
			CHECK(aligned(q, 16) && (n == 0 || ((unsigned char *)q)[n - 1] == 0xaa));
			free(q);
			q = aligned_alloc(to, n);
			p = memalign(to, n);
			CHECK(aligned(q, to) && aligned(p, to) && p != q);
			free(q);
			free(p);
		}
	}
	p = malloc(0);
	q = malloc(0);
	CHECK(p != NULL && q != NULL && p != q);
	free(p);
	free(q);
	free(NULL);
	CHECK(malloc_usable_size(NULL) == 0);
	p = realloc(NULL, 10);
	CHECK(p != NULL && realloc(p, 0) == NULL);
	errno = 0;
	CHECK(malloc(huge * 2) == NULL && errno == ENOMEM);
	errno = 0;
	CHECK(calloc(huge, 4) == NULL && errno == ENOMEM);
	p = malloc(10);
	errno = 0;
	CHECK(realloc(p, huge) == NULL && errno == ENOMEM);
	errno = 0;
	CHECK(reallocarray(p, huge, 4) == NULL && errno == ENOMEM);
	p = reallocarray(p, 10, 10);
	CHECK(p != NULL);
	errno = 7;
	free(p);
	CHECK(errno == 7);
	CHECK(posix_memalign(&p, 24, 8) == EINVAL && posix_memalign(&p, 4, 8) == EINVAL);
	CHECK(posix_memalign(&p, 64, huge) == ENOMEM);
	CHECK(aligned(valloc(10), 4096) && aligned(pvalloc(10), 4096));
	CHECK(malloc_usable_size(pvalloc(1)) >= 4096);
	/* Other code moves the break, also to an odd place. */
	for (int i = 0; i < 20; i++) {
		void *blocks[40];
		char *gap = sbrk(1 + i * 3);

		CHECK(gap != (char *)-1);
		memset(gap, 0xee, 1 + i * 3);
		for (int j = 0; j < 40; j++) {
			blocks[j] = malloc(60000);
			CHECK(aligned(blocks[j], 16));
			memset(blocks[j], j, 60000);
		}
		for (int j = 0; j < 1 + i * 3; j++)
			CHECK((unsigned char)gap[j] == 0xee);
		for (int j = 0; j < 40; j += i % 2 ? 1 : 2)
			free(blocks[j]);
	}
}

static volatile int stop;
static void *shared[64];
static pthread_mutex_t swap_lock = PTHREAD_MUTEX_INITIALIZER;

static unsigned next(unsigned *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Each payload holds its size and a pattern; some are freed by another thread. */
static void *worker(void *argument)
{
	unsigned state = (unsigned)(uintptr_t)argument;
	size_t *mine[200] = { 0 };
	unsigned long calls = 0;

	while (!stop || calls < 20000) {
		unsigned at = next(&state) % 200;
		size_t words = 2 + next(&state) % (next(&state) % 50 ? 60 : 30000);
		size_t *p = mine[at];

		calls++;
		if (p != NULL) {
			CHECK(p[1] == ~p[0] && p[p[0] - 1] == (p[0] == 2 ? ~p[0] : p[0]));
			if (next(&state) % 4 == 0) {
				size_t kept = p[0];

				p = realloc(p, words * sizeof(*p));
				CHECK(p != NULL && p[0] == kept && p[1] == ~kept);
				goto fill;
			}
			if (next(&state) % 4 == 0) {
				void *other;

				pthread_mutex_lock(&swap_lock);
				other = shared[at % 64];
				shared[at % 64] = p;
				pthread_mutex_unlock(&swap_lock);
				p = other;
			}
			free(p);
			mine[at] = NULL;
			continue;
		}
		if (next(&state) % 8 == 0) {
			CHECK(posix_memalign((void **)&p, 64, words * sizeof(*p)) == 0);
			CHECK(aligned(p, 64));
		} else if (next(&state) % 8 == 0) {
			p = calloc(words, sizeof(*p));
			CHECK(zero((char *)p, words * sizeof(*p)));
		} else {
			p = malloc(words * sizeof(*p));
		}
		CHECK(aligned(p, 16));
fill:
		p[words - 1] = words;
		p[0] = words;
		p[1] = ~words;
		mine[at] = p;
	}
	for (int i = 0; i < 200; i++)
		free(mine[i]);
	return (void *)calls;
}

static void threads(double seconds)
{
	struct timespec pause = { 0, 20 * 1000 * 1000 };
	time_t end = time(NULL) + (time_t)seconds;
	pthread_t ids[8];
	unsigned long calls = 0, forks = 0;

	for (uintptr_t i = 0; i < 8; i++)
		CHECK(pthread_create(&ids[i], NULL, worker, (void *)(i + 1)) == 0);
	do {
		int status;
		pid_t child = fork();

		CHECK(child >= 0);
		if (child == 0) {
			/* The heap is whole and no thread holds it. */
			for (int i = 0; i < 1000; i++)
				free(realloc(malloc((size_t)i), (size_t)i * 2 + 1));
			_exit(0);
		}
		CHECK(waitpid(child, &status, 0) == child && status == 0);
		forks++;
		nanosleep(&pause, NULL);
	} while (time(NULL) < end);
	stop = 1;
	for (int i = 0; i < 8; i++) {
		void *result;

		CHECK(pthread_join(ids[i], &result) == 0);
		calls += (unsigned long)result;
	}
	printf("%lu calls of 8 threads, %lu forks\n", calls, forks);
}

int main(int argc, char **argv)
{
	one_thread();
	threads(argc > 1 ? atof(argv[1]) : 0);
	return 0;
}
