// SPDX-License-Identifier: BSD-3-Clause

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "osmem.h"
#include "block_meta.h"

#define HEAP_FIRST (128 * 1024)
#define MMAP_LIMIT (128 * 1024)

typedef struct block_meta block_t;

/*
 * block->size is exactly what the user wanted (not aligned).
 * What the block really takes is room().
 */
static block_t *first, *last;

static size_t pad8(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static size_t room(const block_t *b)
{
	return pad8(b->size);
}

static char *end_of(const block_t *b)
{
	return (char *)(b + 1) + room(b);
}

/* other people can call sbrk too, so look before gluing */
static int is_glued(const block_t *a, const block_t *b)
{
	return end_of(a) == (const char *)b;
}

static int can_swallow_next(const block_t *b)
{
	return b->next && b->next->status == STATUS_FREE && is_glued(b, b->next);
}

static void swallow_next(block_t *b)
{
	block_t *n = b->next;

	b->size = room(b) + META + room(n);
	b->next = n->next;
	if (n->next)
		n->next->prev = b;
	else
		last = b;
}

static void coalesce(void)
{
	for (block_t *b = first; b; b = b->next)
		while (b->status == STATUS_FREE && can_swallow_next(b))
			swallow_next(b);
}

/* The block becomes `size` long, what is too much goes to a new free block. */
static void trim(block_t *b, size_t size)
{
	size_t extra = room(b) - pad8(size);
	block_t *rest;

	if (extra == 0) {
		b->size = size;
		return;
	}
	if (extra < META + 8)
		return;		/* stays bigger than asked */

	b->size = size;
	rest = (block_t *)end_of(b);
	rest->size = extra - META;
	rest->status = STATUS_FREE;
	rest->prev = b;
	rest->next = b->next;
	if (b->next)
		b->next->prev = rest;
	else
		last = rest;
	b->next = rest;
}

static block_t *append(size_t bytes)
{
	uintptr_t brk_now = (uintptr_t)sbrk(0);
	block_t *b;

	if (brk_now % 8 != 0 && sbrk(8 - brk_now % 8) == (void *)-1)
		return NULL;
	b = sbrk(bytes);
	if (b == (void *)-1)
		return NULL;

	b->size = bytes - META;
	b->prev = last;
	b->next = NULL;
	if (last)
		last->next = b;
	else
		first = b;
	last = b;
	return b;
}

/* Moves the end of the last block; 1 if it was possible. */
static int stretch_last(size_t size)
{
	if (sbrk(pad8(size) - room(last)) == (void *)-1)
		return 0;
	last->size = size;
	return 1;
}

static block_t *from_heap(size_t size)
{
	block_t *b, *best = NULL;

	if (!first) {
		b = append(HEAP_FIRST);
		if (!b)
			return NULL;
		b->status = STATUS_FREE;
	}

	coalesce();
	for (b = first; b; b = b->next) {
		if (b->status != STATUS_FREE || room(b) < pad8(size))
			continue;
		if (!best || room(b) < room(best))
			best = b;
	}

	if (best) {
		trim(best, size);
	} else if (last->status == STATUS_FREE && end_of(last) == (char *)sbrk(0)) {
		if (!stretch_last(size))
			return NULL;
		best = last;
	} else {
		best = append(META + pad8(size));
		if (!best)
			return NULL;
		best->size = size;
	}
	best->status = STATUS_ALLOC;
	return best;
}

static block_t *from_mmap(size_t size)
{
	block_t *b = mmap(NULL, META + pad8(size), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (b == MAP_FAILED)
		return NULL;
	b->size = size;
	b->status = STATUS_MAPPED;
	b->prev = b->next = NULL;
	return b;
}

void *os_malloc(size_t size)
{
	block_t *b;

	if (size == 0 || size > SIZE_MAX - META - 8)
		return NULL;
	if (META + pad8(size) >= MMAP_LIMIT)
		b = from_mmap(size);
	else
		b = from_heap(size);
	return b ? b + 1 : NULL;
}

void os_free(void *ptr)
{
	block_t *b;

	if (!ptr)
		return;
	b = (block_t *)ptr - 1;
	if (b->status == STATUS_MAPPED) {
		DIE(munmap(b, META + room(b)) < 0, "munmap");
		return;
	}
	b->status = STATUS_FREE;
	coalesce();
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t bytes;
	block_t *b;

	if (__builtin_mul_overflow(nmemb, size, &bytes))
		return NULL;
	if (bytes == 0 || bytes > SIZE_MAX - META - 8)
		return NULL;
	if (META + bytes >= (size_t)getpagesize())
		b = from_mmap(bytes);
	else
		b = from_heap(bytes);
	if (!b)
		return NULL;
	return memset(b + 1, 0, bytes);
}

void *os_realloc(void *ptr, size_t size)
{
	block_t *b;
	size_t keep;
	void *moved;

	if (!ptr)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}
	b = (block_t *)ptr - 1;
	if (b->status == STATUS_FREE || size > SIZE_MAX - META - 8)
		return NULL;
	keep = room(b) < size ? room(b) : size;

	if (b->status == STATUS_ALLOC && META + pad8(size) < MMAP_LIMIT) {
		if (room(b) < pad8(size) && b == last &&
		    end_of(b) == (char *)sbrk(0))
			return stretch_last(size) ? ptr : NULL;

		while (room(b) < pad8(size) && can_swallow_next(b))
			swallow_next(b);
		if (room(b) >= pad8(size)) {
			trim(b, size);
			return ptr;
		}
	}

	moved = os_malloc(size);
	if (!moved)
		return NULL;
	memcpy(moved, ptr, keep);
	os_free(ptr);
	return moved;
}
