/*
 * One conforming allocator for every choice that section V of the assignment
 * leaves open. Each macro below may be set with -D; the defaults are canonical.
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

#ifndef MMAP_THRESHOLD
#define MMAP_THRESHOLD (128 * 1024)
#endif
#define PREALLOCATION (128 * 1024)
#define ALIGNMENT 8
#ifndef META
#define META (sizeof(struct block_meta))
#endif

/* Each cut-off: a request of n bytes is mapped exactly when n >= cut-off. */
#ifndef V1_CUTOFF /* os_malloc: T-39 ..= T */
#define V1_CUTOFF (MMAP_THRESHOLD - 39)
#endif
#ifndef V2_CUTOFF /* os_calloc: page-39 ..= page-16 */
#define V2_CUTOFF (getpagesize() - 39)
#endif
#ifndef V3_HEAP_CUTOFF /* os_realloc of a heap block: T-39 ..= T+1 */
#define V3_HEAP_CUTOFF (MMAP_THRESHOLD - 39)
#endif
#ifndef V3_MAPPED_CUTOFF /* os_realloc of a mapped block: T-39 ..= T+1 */
#define V3_MAPPED_CUTOFF (MMAP_THRESHOLD - 39)
#endif

/* A heap block that os_realloc moves (A16) is placed by: 0 V1_CUTOFF, 1 V3_HEAP_CUTOFF. */
#ifndef V3_MOVES_BY_REALLOC
#define V3_MOVES_BY_REALLOC 0
#endif

/*
 * Coalesce 0 before each search only, also whenever a heap block is freed by os_free:
 * 1 the whole heap, 2 the block with its neighbours.
 */
#ifndef V4_COALESCE_AT_FREE
#define V4_COALESCE_AT_FREE 0
#endif

/* With V4: the old block of an os_realloc that moves is freed 0 without, 1 with coalescing. */
#ifndef V4_IN_REALLOC
#define V4_IN_REALLOC 1
#endif

/* With V4: after a mapping is gone 0 nothing, 1 the whole heap is coalesced. */
#ifndef V4_AFTER_UNMAPPING
#define V4_AFTER_UNMAPPING 0
#endif

/* The whole heap is coalesced: 1 at os_free(NULL), too. */
#ifndef V4_AT_FREE_OF_NULL
#define V4_AT_FREE_OF_NULL 0
#endif

/* 1 when os_realloc begins, too. */
#ifndef V4_AT_REALLOC
#define V4_AT_REALLOC 0
#endif

/* 1 after a rest was split off, too. */
#ifndef V4_AFTER_SPLIT
#define V4_AFTER_SPLIT 0
#endif

/* 1 before a block is mapped, too. */
#ifndef V4_BEFORE_MAPPING
#define V4_BEFORE_MAPPING 0
#endif

/* A block that grows merges 0 as many free blocks as it needs, 1 all that follow. */
#ifndef V4_MERGES_ALL
#define V4_MERGES_ALL 0
#endif

/* A heap block that is to grow past the threshold: 0 is mapped at once, 1 first tries A14, A15. */
#ifndef V5_EXPAND_FIRST
#define V5_EXPAND_FIRST 0
#endif

/* A heap block that is large enough for a request past the threshold: 0 is mapped, 1 stays. */
#ifndef V7_KEEP_IN_PLACE
#define V7_KEEP_IN_PLACE 0
#endif

/* A mapped block whose rounded size does not change: 0 moves, 1 stays. */
#ifndef V11_KEEP_MAPPING
#define V11_KEEP_MAPPING 0
#endif

/* With RAW_SIZE: C4, C6 and A12 compare 0 rounded sizes, 1 those in the header. */
#ifndef V12_COMPARE_RAW
#define V12_COMPARE_RAW 0
#endif

/* The size in the header counts 0 the payload, 1 the header too. */
#ifndef V14_HEAP_CHUNKS
#define V14_HEAP_CHUNKS 0
#endif
#ifndef V14_MAPPED_CHUNKS
#define V14_MAPPED_CHUNKS 0
#endif

/* A failed system call: 0 the call returns NULL, 1 the process ends; 2 also where the size is one
 * that no system can give. */
#ifndef V10_DIE
#define V10_DIE 0
#endif

/* The header holds: 0 align(n), 1 n, unless the block is larger than needed and not split. */
#ifndef RAW_SIZE
#define RAW_SIZE 0
#endif

/* D3: mapped blocks are 0 on no list, 1 on the list of heap blocks. */
#ifndef MAPPED_ON_LIST
#define MAPPED_ON_LIST 0
#endif

/* B3: prev is 0 kept up, 1 left as it was first; nothing here needs it. */
#ifndef STALE_LINKS
#define STALE_LINKS 0
#endif

#define CHECK(failed, call) DIE(V10_DIE && (failed), call)

static struct block_meta *first, *last;
static int preallocated;
static int coalesce_later; /* V4_AFTER_SPLIT, when the block in front is used */

/* ---- sizes -------------------------------------------------------------- */

static size_t align(size_t n)
{
	return (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

static size_t total(size_t n)
{
	return META + align(n);
}

/* Larger ones cannot be counted; they are refused before any system call. */
static int countable(size_t n)
{
	int possible = n <= (size_t)PTRDIFF_MAX - META - 2 * ALIGNMENT;

	DIE(V10_DIE == 2 && !possible, "size");
	return possible;
}

static size_t counted(struct block_meta *block)
{
	int chunks = block->status == STATUS_MAPPED ? V14_MAPPED_CHUNKS
						    : V14_HEAP_CHUNKS;

	return chunks ? META : 0;
}

/* The payload bytes that the header says. */
static size_t said(struct block_meta *block)
{
	return block->size - counted(block);
}

/* The status must stand there already. */
static void say(struct block_meta *block, size_t n)
{
	block->size = n + counted(block);
}

static size_t capacity(struct block_meta *block)
{
	return align(said(block));
}

static size_t size_to_store(size_t n)
{
	return RAW_SIZE ? n : align(n);
}

/* What is compared with compared(n). */
static size_t room(struct block_meta *block)
{
	return V12_COMPARE_RAW ? said(block) : capacity(block);
}

static size_t compared(size_t n)
{
	return V12_COMPARE_RAW ? n : align(n);
}

static char *payload(struct block_meta *block)
{
	return (char *)block + META;
}

static struct block_meta *header(void *ptr)
{
	return (struct block_meta *)((char *)ptr - META);
}

static char *end(struct block_meta *block)
{
	return payload(block) + capacity(block);
}

/* ---- the list ----------------------------------------------------------- */

static struct block_meta *before(struct block_meta *block)
{
	struct block_meta *other = first == block ? NULL : first;

	if (!STALE_LINKS)
		return block->prev;
	while (other && other->next != block)
		other = other->next;
	return other;
}

static void insert_after(struct block_meta *before, struct block_meta *block)
{
	block->prev = before;
	block->next = before ? before->next : first;
	if (!block->next)
		last = block;
	else if (!STALE_LINKS)
		block->next->prev = block;
	if (before)
		before->next = block;
	else
		first = block;
}

static void take_off(struct block_meta *block)
{
	struct block_meta *front = before(block);

	if (front)
		front->next = block->next;
	else
		first = block->next;
	if (!block->next)
		last = front;
	else if (!STALE_LINKS)
		block->next->prev = front;
}

static struct block_meta *skip_mapped(struct block_meta *block)
{
	while (block && block->status == STATUS_MAPPED)
		block = block->next;
	return block;
}

static struct block_meta *first_in_heap(void)
{
	return skip_mapped(first);
}

static struct block_meta *next_in_heap(struct block_meta *block)
{
	return skip_mapped(block->next);
}

static struct block_meta *last_in_heap(void)
{
	struct block_meta *block = last;

	while (block && block->status == STATUS_MAPPED)
		block = before(block);
	return block;
}

/* Says whether there was a free block directly after to merge with. */
static int absorb_next(struct block_meta *block)
{
	struct block_meta *next = next_in_heap(block);

	if (!next || next->status != STATUS_FREE || end(block) != (char *)next)
		return 0;
	take_off(next);
	say(block, capacity(block) + META + capacity(next));
	return 1;
}

static void coalesce(void)
{
	struct block_meta *block;

	for (block = first_in_heap(); block; block = next_in_heap(block)) {
		if (block->status == STATUS_FREE) {
			while (absorb_next(block))
				;
		}
	}
}

static void coalesce_after_split(void)
{
	if (coalesce_later)
		coalesce();
	coalesce_later = 0;
}

static struct block_meta *best_fit(size_t n)
{
	struct block_meta *best = NULL, *block;

	for (block = first_in_heap(); block; block = next_in_heap(block)) {
		if (block->status != STATUS_FREE || room(block) < compared(n))
			continue;
		if (!best || room(block) < room(best))
			best = block;
	}
	return best;
}

/* Leaves `block` with what n bytes need: the rest is split off, or stays. */
static void trim(struct block_meta *block, size_t n)
{
	size_t rest = capacity(block) - align(n);
	struct block_meta *tail;

	if (rest == 0)
		say(block, size_to_store(n));
	if (room(block) < compared(n) + META + ALIGNMENT)
		return;
	say(block, size_to_store(n));
	tail = (struct block_meta *)end(block);
	tail->status = STATUS_FREE;
	say(tail, rest - META);
	insert_after(block, tail);
	if (V4_AFTER_SPLIT)
		coalesce_later = 1;
}

/* ---- growing ------------------------------------------------------------ */

static char *move_break(size_t by)
{
	void *old = sbrk((intptr_t)by);

	CHECK(old == (void *)-1, "sbrk");
	return old == (void *)-1 ? NULL : old;
}

static int at_break(struct block_meta *block)
{
	return end(block) == (char *)sbrk(0);
}

static struct block_meta *append(size_t n)
{
	size_t padding = -(uintptr_t)sbrk(0) & (ALIGNMENT - 1);
	char *start = move_break(padding + total(n));
	struct block_meta *block;

	if (!start)
		return NULL;
	block = (struct block_meta *)(start + padding);
	block->status = STATUS_FREE;
	say(block, size_to_store(n));
	insert_after(last, block);
	return block;
}

static int grow_last(struct block_meta *block, size_t n)
{
	if (!move_break(align(n) - capacity(block)))
		return 0;
	say(block, size_to_store(n));
	return 1;
}

static struct block_meta *grow_heap(size_t n)
{
	struct block_meta *block = last_in_heap();

	if (block->status != STATUS_FREE || !at_break(block))
		return append(n);
	return grow_last(block, n) ? block : NULL;
}

/* ---- getting and giving back -------------------------------------------- */

static void *from_heap(size_t n)
{
	struct block_meta *block;

	if (!preallocated) {
		if (!append(PREALLOCATION - META))
			return NULL;
		preallocated = 1;
	}
	coalesce();
	block = best_fit(n);
	if (!block)
		block = grow_heap(n);
	if (!block)
		return NULL;
	trim(block, n);
	block->status = STATUS_ALLOC;
	coalesce_after_split();
	return payload(block);
}

static void *from_mapping(size_t n)
{
	struct block_meta *block;

	if (V4_BEFORE_MAPPING)
		coalesce();
	block = mmap(NULL, total(n), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(block == MAP_FAILED, "mmap");
	if (block == MAP_FAILED)
		return NULL;
	block->status = STATUS_MAPPED;
	say(block, size_to_store(n));
	block->prev = block->next = NULL;
	if (MAPPED_ON_LIST)
		insert_after(last, block);
	return payload(block);
}

static void *obtain(size_t n, size_t cutoff)
{
	if (n == 0 || !countable(n))
		return NULL;
	return n < cutoff ? from_heap(n) : from_mapping(n);
}

/* Returns 0 when the block could not be unmapped: it stays as it was. */
static int give_back(struct block_meta *block)
{
	struct block_meta *front = MAPPED_ON_LIST ? before(block) : NULL;

	if (block->status != STATUS_MAPPED) {
		block->status = STATUS_FREE;
		return 1;
	}
	if (MAPPED_ON_LIST)
		take_off(block);
	if (munmap(block, total(said(block))) == 0)
		return 1;
	CHECK(1, "munmap");
	if (MAPPED_ON_LIST)
		insert_after(front, block);
	return 0;
}

/* V4, when the heap block has become free. */
static void coalesce_after_free(struct block_meta *block)
{
	struct block_meta *front = before(block);

	while (MAPPED_ON_LIST && front && front->status == STATUS_MAPPED)
		front = before(front);
	if (V4_COALESCE_AT_FREE == 1)
		coalesce();
	if (V4_COALESCE_AT_FREE != 2)
		return;
	absorb_next(block);
	if (front && front->status == STATUS_FREE)
		absorb_next(front);
}

static void coalesce_after_unmapping(void)
{
	if (V4_AFTER_UNMAPPING)
		coalesce();
}

/* ---- os_realloc --------------------------------------------------------- */

/* Takes over `to`, which may be NULL, as the new place of the block. */
static void *move(struct block_meta *block, size_t n, void *to)
{
	int was_mapped = block->status == STATUS_MAPPED;

	if (!to)
		return NULL;
	memcpy(to, payload(block), capacity(block) < n ? capacity(block) : n);
	if (!give_back(block)) {
		give_back(header(to));
		return NULL;
	}
	if (was_mapped)
		coalesce_after_unmapping();
	else if (V4_IN_REALLOC)
		coalesce_after_free(block);
	return to;
}

enum growth { GROWN, TOO_SMALL, FAILED };

/* A14, A15 */
static enum growth expand(struct block_meta *block, size_t n)
{
	if (block == last_in_heap() && at_break(block))
		return grow_last(block, n) ? GROWN : FAILED;
	while (capacity(block) < align(n)) {
		if (!absorb_next(block))
			return TOO_SMALL;
	}
	while (V4_MERGES_ALL && absorb_next(block))
		;
	if (capacity(block) == align(n))
		say(block, size_to_store(n));
	trim(block, n);
	coalesce_after_split();
	return GROWN;
}

/* A17 */
static void *resize_mapping(struct block_meta *block, size_t n)
{
	if (V11_KEEP_MAPPING && align(n) == capacity(block)) {
		say(block, size_to_store(n));
		return payload(block);
	}
	return move(block, n, obtain(n, V3_MAPPED_CUTOFF));
}

static void *resize(struct block_meta *block, size_t n)
{
	size_t place_by = V3_MOVES_BY_REALLOC ? V3_HEAP_CUTOFF : V1_CUTOFF;
	int large = n >= (size_t)V3_HEAP_CUTOFF;
	int fits = compared(n) <= room(block);

	if (block->status == STATUS_MAPPED)
		return resize_mapping(block, n);

	if (fits && (!large || V7_KEEP_IN_PLACE)) {
		trim(block, n);
		coalesce_after_split();
		return payload(block);
	}
	if (!fits && (!large || V5_EXPAND_FIRST)) {
		switch (expand(block, n)) {
		case GROWN:
			return payload(block);
		case FAILED:
			return NULL;
		case TOO_SMALL:
			break;
		}
	}
	return move(block, n, large ? from_mapping(n) : obtain(n, place_by));
}

/* ---- the four functions ------------------------------------------------- */

void *os_malloc(size_t size)
{
	return obtain(size, V1_CUTOFF);
}

void os_free(void *ptr)
{
	struct block_meta *block;
	int in_heap;

	if (!ptr && V4_AT_FREE_OF_NULL)
		coalesce();
	if (!ptr)
		return;
	block = header(ptr);
	in_heap = block->status != STATUS_MAPPED;
	give_back(block);
	if (in_heap)
		coalesce_after_free(block);
	else
		coalesce_after_unmapping();
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t bytes;
	void *ptr;

	if (__builtin_mul_overflow(nmemb, size, &bytes))
		return NULL;
	ptr = obtain(bytes, V2_CUTOFF);
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
	block = header(ptr);
	if (block->status == STATUS_FREE || !countable(size))
		return NULL;
	if (V4_AT_REALLOC)
		coalesce();
	return resize(block, size);
}
