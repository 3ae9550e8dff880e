/*
 * One bare file. Conforming, and as unlike `conforming/` as the assignment
 * leaves room for: ends the process when a system call fails, keeps the
 * requested size in the header, keeps mapped blocks on the same list as heap
 * blocks, and asks for the break whenever it wants to know it.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

#define ALIGN(n) (((n) + 7) & ~(size_t)7)
#define META sizeof(struct block_meta)
#define PREALLOC ((size_t)128 * 1024)
#ifndef MMAP_THRESHOLD
#define MMAP_THRESHOLD ((size_t)128 * 1024)
#endif
#define TOO_LARGE(n) ((n) > (size_t)PTRDIFF_MAX - 4096)

/* What the payload could hold, and where it ends. */
#define ROOM(b) ALIGN((b)->size)
#define END(b) ((char *)((b) + 1) + ROOM(b))

static struct block_meta *head, *tail;
static int preallocated;

static struct block_meta *heap_neighbour(struct block_meta *b)
{
	do
		b = b->next;
	while (b && b->status == STATUS_MAPPED);
	return b;
}

static struct block_meta *heap_first(void)
{
	if (head && head->status == STATUS_MAPPED)
		return heap_neighbour(head);
	return head;
}

static struct block_meta *heap_last(void)
{
	struct block_meta *b = tail;

	while (b && b->status == STATUS_MAPPED)
		b = b->prev;
	return b;
}

static void push(struct block_meta *b, size_t size, int status)
{
	b->size = size;
	b->status = status;
	b->prev = tail;
	b->next = NULL;
	if (tail)
		tail->next = b;
	else
		head = b;
	tail = b;
}

static void unlink_block(struct block_meta *b)
{
	if (b->prev)
		b->prev->next = b->next;
	else
		head = b->next;
	if (b->next)
		b->next->prev = b->prev;
	else
		tail = b->prev;
}

static struct block_meta *free_after(struct block_meta *b)
{
	struct block_meta *n = heap_neighbour(b);

	if (n && n->status == STATUS_FREE && (char *)n == END(b))
		return n;
	return NULL;
}

static void eat(struct block_meta *b, struct block_meta *n)
{
	unlink_block(n);
	b->size = ROOM(b) + META + ROOM(n);
}

static void coalesce(void)
{
	struct block_meta *b, *n;

	for (b = heap_first(); b; b = heap_neighbour(b))
		if (b->status == STATUS_FREE)
			while ((n = free_after(b)))
				eat(b, n);
}

/* Cuts b down to what n bytes need and marks it used. */
static void *use(struct block_meta *b, size_t n)
{
	size_t rest = ROOM(b) - ALIGN(n);

	if (rest >= META + 8) {
		struct block_meta *r = (void *)((char *)(b + 1) + ALIGN(n));

		r->size = rest - META;
		r->status = STATUS_FREE;
		r->prev = b;
		r->next = b->next;
		if (r->next)
			r->next->prev = r;
		else
			tail = r;
		b->next = r;
		rest = 0;
	}
	if (rest == 0)
		b->size = n;
	b->status = STATUS_ALLOC;
	return b + 1;
}

static char *more(size_t bytes)
{
	void *p = sbrk((intptr_t)bytes);

	DIE(p == (void *)-1, "sbrk");
	return p;
}

static struct block_meta *append(size_t size)
{
	size_t skew = (size_t)sbrk(0) & 7;
	struct block_meta *b;

	skew = skew ? 8 - skew : 0;
	b = (void *)(more(skew + META + ALIGN(size)) + skew);
	push(b, size, STATUS_FREE);
	return b;
}

static void *from_heap(size_t n)
{
	struct block_meta *b, *best = NULL;

	if (!preallocated) {
		append(PREALLOC - META);
		preallocated = 1;
	}
	coalesce();
	for (b = heap_first(); b; b = heap_neighbour(b))
		if (b->status == STATUS_FREE && ROOM(b) >= ALIGN(n))
			if (!best || ROOM(b) < ROOM(best))
				best = b;
	if (best)
		return use(best, n);

	b = heap_last();
	if (b->status == STATUS_FREE && END(b) == (char *)sbrk(0)) {
		more(ALIGN(n) - ROOM(b));
		b->size = n;
	} else {
		b = append(n);
	}
	return use(b, n);
}

static void *from_mapping(size_t n)
{
	struct block_meta *b = mmap(NULL, META + ALIGN(n), PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	DIE(b == MAP_FAILED, "mmap");
	push(b, n, STATUS_MAPPED);
	return b + 1;
}

static void *obtain(size_t n, size_t threshold)
{
	if (n == 0 || TOO_LARGE(n))
		return NULL;
	return META + ALIGN(n) < threshold ? from_heap(n) : from_mapping(n);
}

void *os_malloc(size_t size)
{
	return obtain(size, MMAP_THRESHOLD);
}

void *os_calloc(size_t nmemb, size_t size)
{
	void *p;

	if (size && nmemb > SIZE_MAX / size)
		return NULL;
	p = obtain(nmemb * size, getpagesize());
	return p ? memset(p, 0, nmemb * size) : NULL;
}

void os_free(void *ptr)
{
	struct block_meta *b = ptr;

	if (!b)
		return;
	b--;
	if (b->status == STATUS_MAPPED) {
		unlink_block(b);
		DIE(munmap(b, META + ROOM(b)) < 0, "munmap");
	} else {
		b->status = STATUS_FREE;
	}
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *b = ptr, *n;
	size_t need = ALIGN(size);
	void *p;

	if (!b)
		return os_malloc(size);
	if (!size) {
		os_free(ptr);
		return NULL;
	}
	b--;
	if (b->status == STATUS_FREE || TOO_LARGE(size))
		return NULL;

	if (b->status == STATUS_ALLOC && META + need < MMAP_THRESHOLD) {
		if (need > ROOM(b)) {
			if (b == heap_last() && END(b) == (char *)sbrk(0)) {
				more(need - ROOM(b));
				b->size = size;
			} else {
				while (need > ROOM(b) && (n = free_after(b)))
					eat(b, n);
			}
		}
		if (need <= ROOM(b))
			return use(b, size);
	}

	p = os_malloc(size);
	if (p) {
		memcpy(p, ptr, ROOM(b) < size ? ROOM(b) : size);
		os_free(ptr);
	}
	return p;
}
