// SPDX-License-Identifier: BSD-3-Clause

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "osmem.h"
#include "block_meta.h"

#define KIB128 (128 * 1024)
#define MAX_REQUEST (SIZE_MAX - 2 * META)

static struct block_meta *first;
static char *heap_end;

static size_t align(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static char *end_of(struct block_meta *b)
{
	return (char *)(b + 1) + b->size;
}

/*
 * The links are made only when somebody asks for them. NULL means "not made
 * yet": then the next block starts where this one ends. A link is made at once
 * only when there is a hole between the two blocks.
 */
static struct block_meta *next_of(struct block_meta *b)
{
	if (b->next == NULL && end_of(b) != heap_end) {
		b->next = (struct block_meta *)end_of(b);
		b->next->prev = b;
	}
	return b->next;
}

/* The next block, if it is free and stands right behind this one. */
static struct block_meta *free_neighbour(struct block_meta *b)
{
	struct block_meta *n = next_of(b);

	if (n == NULL || n->status != STATUS_FREE || (char *)n != end_of(b))
		return NULL;
	return n;
}

static void take_neighbour(struct block_meta *b)
{
	struct block_meta *n = b->next;

	b->next = n->next;
	b->size += META + n->size;
	if (b->next)
		b->next->prev = b;
}

static void cut(struct block_meta *b, size_t n)
{
	struct block_meta *rest;

	if (b->size - n > META + 8) {
		rest = (struct block_meta *)((char *)(b + 1) + n);
		rest->size = b->size - n - META;
		rest->status = STATUS_FREE;
		rest->prev = b;
		rest->next = b->next;
		if (rest->next)
			rest->next->prev = rest;
		b->size = n;
		b->next = NULL;
	}
}

static int init(void)
{
	void *p = sbrk(KIB128);

	if (p == (void *)-1)
		return -1;
	first = p;
	first->size = KIB128 - META;
	first->status = STATUS_FREE;
	first->prev = first->next = NULL;
	heap_end = (char *)p + KIB128;
	return 0;
}

/* Moves the end of the last block, when the break is still there. */
static int enlarge_last(struct block_meta *last, size_t n)
{
	if (sbrk(n - last->size) == (void *)-1)
		return -1;
	heap_end += n - last->size;
	last->size = n;
	return 0;
}

static struct block_meta *append(struct block_meta *last, size_t n)
{
	struct block_meta *b = sbrk(META + n);

	if (b == (void *)-1)
		return NULL;
	b->size = n;
	b->prev = last;
	b->next = NULL;
	if ((char *)b != heap_end)
		last->next = b;
	heap_end = (char *)b + META + n;
	return b;
}

static struct block_meta *heap_block(size_t n)
{
	struct block_meta *b, *last = NULL, *best = NULL;

	if (!first && init() < 0)
		return NULL;

	for (b = first; b != NULL; b = next_of(b)) {
		last = b;
		if (b->status != STATUS_FREE)
			continue;
		while (free_neighbour(b))
			take_neighbour(b);
		if (b->size >= n && (!best || b->size < best->size))
			best = b;
	}

	if (best) {
		cut(best, n);
	} else if (last->status == STATUS_FREE && sbrk(0) == heap_end) {
		if (enlarge_last(last, n) < 0)
			return NULL;
		best = last;
	} else {
		best = append(last, n);
		if (!best)
			return NULL;
	}
	best->status = STATUS_ALLOC;
	return best;
}

static struct block_meta *mapped_block(size_t n)
{
	struct block_meta *b = mmap(NULL, META + n, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (b == MAP_FAILED)
		return NULL;
	b->size = n;
	b->status = STATUS_MAPPED;
	b->prev = b->next = NULL;
	return b;
}

static void *get_memory(size_t size, size_t limit)
{
	struct block_meta *b;

	if (size == 0 || size > MAX_REQUEST)
		return NULL;
	if (META + align(size) < limit)
		b = heap_block(align(size));
	else
		b = mapped_block(align(size));
	return b ? b + 1 : NULL;
}

void *os_malloc(size_t size)
{
	return get_memory(size, KIB128);
}

void *os_calloc(size_t nmemb, size_t size)
{
	void *p;

	if (nmemb == 0 || size == 0 || nmemb > SIZE_MAX / size)
		return NULL;
	p = get_memory(nmemb * size, getpagesize());
	if (p)
		memset(p, 0, nmemb * size);
	return p;
}

void os_free(void *ptr)
{
	struct block_meta *b;

	if (!ptr)
		return;
	b = (struct block_meta *)ptr - 1;
	if (b->status == STATUS_MAPPED)
		DIE(munmap(b, META + b->size) == -1, "munmap");
	else
		b->status = STATUS_FREE;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *b;
	size_t n;
	void *p;

	if (!ptr)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}
	b = (struct block_meta *)ptr - 1;
	if (b->status == STATUS_FREE || size > MAX_REQUEST)
		return NULL;
	n = align(size);

	if (b->status == STATUS_ALLOC && META + n < KIB128) {
		if (b->size < n && next_of(b) == NULL && sbrk(0) == heap_end)
			return enlarge_last(b, n) < 0 ? NULL : ptr;
		while (b->size < n && free_neighbour(b))
			take_neighbour(b);
		if (b->size >= n) {
			cut(b, n);
			return ptr;
		}
	}

	p = os_malloc(size);
	if (!p)
		return NULL;
	memcpy(p, ptr, b->size < n ? b->size : n);
	os_free(ptr);
	return p;
}
