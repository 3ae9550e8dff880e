/*
 * An allocator over brk, mmap and munmap: every clause A to E, with the
 * canonical choice on every axis of section V.
 *
 * Heap blocks form one list in address order, headed by `heap`. Mapped blocks
 * are on no list: their header alone describes them. When a system call fails,
 * the allocator returns NULL and the caller's blocks are as they were.
 */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

#define ALIGNMENT 8
#define META (sizeof(struct block_meta))
#ifndef MMAP_THRESHOLD
#define MMAP_THRESHOLD (128 * 1024)
#endif
#define PREALLOCATION (128 * 1024)

/* The largest payload whose chunk can still be counted and handed to sbrk. */
#define LARGEST ((size_t)PTRDIFF_MAX - META - 2 * ALIGNMENT)

static struct block_meta *heap; /* the lowest heap block; NULL: no heap yet */

/* ---- sizes and addresses ------------------------------------------------ */

static size_t align(size_t n)
{
	return (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

static size_t total(size_t n)
{
	return META + align(n);
}

static void *payload_of(struct block_meta *block)
{
	return (char *)block + META;
}

static struct block_meta *header_of(void *payload)
{
	return (struct block_meta *)((char *)payload - META);
}

static char *end_of(struct block_meta *block)
{
	return (char *)block + META + block->size;
}

/* Not so when other code has moved the break between the two (E5). */
static int touch(struct block_meta *low, struct block_meta *high)
{
	return high && end_of(low) == (char *)high;
}

/* ---- the list ----------------------------------------------------------- */

static struct block_meta *last_block(void)
{
	struct block_meta *block = heap;

	while (block && block->next)
		block = block->next;
	return block;
}

/* Makes the free right neighbour part of `block`. */
static void absorb_next(struct block_meta *block)
{
	struct block_meta *gone = block->next;

	block->size += META + gone->size;
	block->next = gone->next;
	if (gone->next)
		gone->next->prev = block;
}

/* C3 */
static void coalesce(void)
{
	struct block_meta *block;

	for (block = heap; block; block = block->next) {
		if (block->status != STATUS_FREE)
			continue;
		while (touch(block, block->next) && block->next->status == STATUS_FREE)
			absorb_next(block);
	}
}

/* C4: the smallest that is large enough, the lowest of equals. */
static struct block_meta *find_best(size_t need)
{
	struct block_meta *best = NULL;
	struct block_meta *block;

	for (block = heap; block; block = block->next) {
		if (block->status != STATUS_FREE || block->size < need)
			continue;
		if (!best || block->size < best->size)
			best = block;
	}
	return best;
}

/* C6: what `need` leaves over becomes a free block, when it can be one. */
static void split(struct block_meta *block, size_t need)
{
	struct block_meta *rest;

	if (block->size - need < META + ALIGNMENT)
		return;
	rest = (struct block_meta *)((char *)payload_of(block) + need);
	rest->size = block->size - need - META;
	rest->status = STATUS_FREE;
	rest->prev = block;
	rest->next = block->next;
	if (rest->next)
		rest->next->prev = rest;
	block->next = rest;
	block->size = need;
}

/* ---- growing ------------------------------------------------------------ */

static void *move_break(size_t by)
{
	void *old = sbrk((intptr_t)by);

	return old == (void *)-1 ? NULL : old;
}

static int ends_at_break(struct block_meta *block)
{
	return end_of(block) == (char *)sbrk(0);
}

/* Moves the break by one chunk and links it, free, after the last block. */
static struct block_meta *append(size_t payload)
{
	/* Only a foreign break can be off the alignment. */
	size_t padding = -(uintptr_t)sbrk(0) & (ALIGNMENT - 1);
	char *start = move_break(padding + META + payload);
	struct block_meta *last = last_block();
	struct block_meta *block;

	if (!start)
		return NULL;
	block = (struct block_meta *)(start + padding);
	block->size = payload;
	block->status = STATUS_FREE;
	block->prev = last;
	block->next = NULL;
	if (last)
		last->next = block;
	else
		heap = block;
	return block;
}

/* A14 and C7: the last block takes the missing bytes from the system. */
static int grow_last(struct block_meta *last, size_t need)
{
	if (!move_break(need - last->size))
		return 0;
	last->size = need;
	return 1;
}

/* C7 */
static struct block_meta *grow_heap(size_t need)
{
	struct block_meta *last = last_block();

	if (last->status == STATUS_FREE && ends_at_break(last))
		return grow_last(last, need) ? last : NULL;
	return append(need);
}

/* ---- the two kinds of memory -------------------------------------------- */

static void *heap_alloc(size_t size)
{
	size_t need = align(size);
	struct block_meta *block;

	if (!heap && !append(PREALLOCATION - META))
		return NULL;
	coalesce();
	block = find_best(need);
	if (block)
		split(block, need);
	else
		block = grow_heap(need);
	if (!block)
		return NULL;
	block->status = STATUS_ALLOC;
	return payload_of(block);
}

static void *map_alloc(size_t size)
{
	struct block_meta *block = mmap(NULL, total(size), PROT_READ | PROT_WRITE,
					MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (block == MAP_FAILED)
		return NULL;
	block->size = align(size);
	block->status = STATUS_MAPPED;
	block->prev = NULL;
	block->next = NULL;
	return payload_of(block);
}

static void *alloc(size_t size, size_t threshold)
{
	if (size == 0 || size > LARGEST)
		return NULL;
	return total(size) < threshold ? heap_alloc(size) : map_alloc(size);
}

/* Says whether the block is gone: munmap may fail, and then it lives on. */
static int release(struct block_meta *block)
{
	if (block->status == STATUS_MAPPED)
		return munmap(block, total(block->size)) == 0;
	block->status = STATUS_FREE;
	return 1;
}

/* ---- os_realloc --------------------------------------------------------- */

/* A15. Says whether the block is large enough now. */
static int absorb_until(struct block_meta *block, size_t need)
{
	while (block->size < need) {
		if (!touch(block, block->next) || block->next->status != STATUS_FREE)
			return 0;
		absorb_next(block);
	}
	split(block, need);
	return 1;
}

/* A13, A16, A17 */
static void *move(struct block_meta *block, size_t size)
{
	void *to = alloc(size, MMAP_THRESHOLD);

	if (!to)
		return NULL;
	memcpy(to, payload_of(block), block->size < size ? block->size : size);
	if (release(block))
		return to;
	release(header_of(to));
	return NULL;
}

static void *resize_heap_block(struct block_meta *block, size_t size)
{
	size_t need = align(size);

	if (need <= block->size) {
		split(block, need);
		return payload_of(block);
	}
	if (!block->next && ends_at_break(block))
		return grow_last(block, need) ? payload_of(block) : NULL;
	if (absorb_until(block, need))
		return payload_of(block);
	return move(block, size);
}

/* ---- the four functions ------------------------------------------------- */

void *os_malloc(size_t size)
{
	return alloc(size, MMAP_THRESHOLD);
}

void os_free(void *ptr)
{
	if (ptr)
		release(header_of(ptr));
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t bytes;
	void *ptr;

	if (__builtin_mul_overflow(nmemb, size, &bytes))
		return NULL;
	ptr = alloc(bytes, (size_t)getpagesize());
	if (ptr)
		memset(ptr, 0, bytes);
	return ptr;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *block;

	if (!ptr)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}
	block = header_of(ptr);
	if (block->status == STATUS_FREE || size > LARGEST)
		return NULL;
	if (block->status == STATUS_MAPPED || total(size) >= MMAP_THRESHOLD)
		return move(block, size);
	return resize_heap_block(block, size);
}
