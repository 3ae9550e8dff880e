// Allocator with two lists: one with the free blocks, one with the used ones.
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "osmem.h"
#include "blist.h"

#define KB 1024
#define THRESHOLD (128 * KB)
#define ROUND(n) (((n) + 7) & ~(size_t)7)
#define SZ sizeof(struct block_meta)

static struct blist free_blocks;
static struct blist used_blocks;
static char *heap_end;

static char *end_of(struct block_meta *b)
{
	return (char *)b + SZ + b->size;
}

// the free block that starts at this address, or NULL
static struct block_meta *free_at(char *address)
{
	struct block_meta *b;

	for (b = free_blocks.first; b != NULL; b = b->next)
		if ((char *)b == address)
			return b;
	return NULL;
}

// the free block that touches the end of the heap, or NULL
static struct block_meta *free_at_end(void)
{
	struct block_meta *b;

	for (b = free_blocks.first; b != NULL; b = b->next)
		if (end_of(b) == heap_end)
			return b;
	return NULL;
}

static struct block_meta *more_heap(size_t bytes)
{
	void *p = sbrk(bytes);

	DIE(p == (void *)-1, "sbrk failed");
	heap_end = (char *)p + bytes;
	return p;
}

// leaves `need` bytes in b, the remainder goes to the free list
static void split(struct block_meta *b, size_t need)
{
	if (b->size >= need + SZ + 8) {
		struct block_meta *r = (struct block_meta *)((char *)b + SZ + need);

		r->size = b->size - need - SZ;
		r->status = STATUS_FREE;
		push(&free_blocks, r);
		b->size = need;
	}
}

static struct block_meta *best_fit(size_t need)
{
	struct block_meta *b, *best = NULL;

	for (b = free_blocks.first; b != NULL; b = b->next)
		if (b->size >= need && (best == NULL || b->size < best->size))
			best = b;
	return best;
}

static void *heap_alloc(size_t need)
{
	struct block_meta *b;

	if (heap_end == NULL) {
		b = more_heap(THRESHOLD);
		b->size = THRESHOLD - SZ;
		b->status = STATUS_FREE;
		push(&free_blocks, b);
	}

	b = best_fit(need);
	if (b != NULL) {
		take_out(&free_blocks, b);
		split(b, need);
	} else if ((b = free_at_end()) != NULL) {
		more_heap(need - b->size);
		take_out(&free_blocks, b);
		b->size = need;
	} else {
		b = more_heap(SZ + need);
		b->size = need;
	}
	b->status = STATUS_ALLOC;
	push(&used_blocks, b);
	return b + 1;
}

static void *map_alloc(size_t need)
{
	struct block_meta *b = mmap(NULL, SZ + need, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	DIE(b == MAP_FAILED, "mmap failed");
	b->size = need;
	b->status = STATUS_MAPPED;
	b->prev = b->next = NULL;
	return b + 1;
}

void *os_malloc(size_t size)
{
	if (size == 0)
		return NULL;
	if (ROUND(size) + SZ >= THRESHOLD)
		return map_alloc(ROUND(size));
	return heap_alloc(ROUND(size));
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t all;
	void *p;

	if (__builtin_mul_overflow(nmemb, size, &all) || all == 0)
		return NULL;
	// the block with its header must fit in one page
	if (ROUND(all) + SZ >= getpagesize() - SZ)
		p = map_alloc(ROUND(all));
	else
		p = heap_alloc(ROUND(all));
	memset(p, 0, all);
	return p;
}

void os_free(void *ptr)
{
	struct block_meta *b, *f;

	if (ptr == NULL)
		return;
	b = (struct block_meta *)ptr - 1;
	if (b->status == STATUS_MAPPED) {
		DIE(munmap(b, SZ + b->size) < 0, "munmap failed");
	} else if (b->status == STATUS_ALLOC) {
		take_out(&used_blocks, b);
		b->status = STATUS_FREE;
		while ((f = free_at(end_of(b))) != NULL) {
			take_out(&free_blocks, f);
			b->size += SZ + f->size;
		}
		push(&free_blocks, b);
	}
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *b, *f;
	size_t need = ROUND(size);
	void *p;

	if (ptr == NULL)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}

	b = (struct block_meta *)ptr - 1;
	if (b->status == STATUS_FREE)
		return NULL;
	if (b->status == STATUS_ALLOC && need + SZ < THRESHOLD) {
		if (b->size < need && end_of(b) == heap_end) {
			more_heap(need - b->size);
			b->size = need;
		}
		while (b->size < need && (f = free_at(end_of(b))) != NULL) {
			take_out(&free_blocks, f);
			b->size += SZ + f->size;
		}
		if (b->size >= need) {
			split(b, need);
			return ptr;
		}
	}

	p = os_malloc(size);
	memcpy(p, ptr, size < b->size ? size : b->size);
	os_free(ptr);
	return p;
}
