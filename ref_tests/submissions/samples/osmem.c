/* An allocator that follows every clause, for the patches of samples.toml beside it. */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

#define META sizeof(struct block_meta)
#define MMAP_THRESHOLD (128 * 1024)
#define PREALLOCATION (128 * 1024)
#define LARGEST ((size_t)PTRDIFF_MAX - 4096)

static struct block_meta *heap;

static size_t align(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static size_t total(size_t n)
{
	return META + align(n);
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
	return payload(block) + block->size;
}

static struct block_meta *last_block(void)
{
	struct block_meta *block = heap;

	while (block && block->next)
		block = block->next;
	return block;
}

/* Merges a block with the free block directly after it; says whether there was one. */
static int absorb_next(struct block_meta *block)
{
	struct block_meta *next = block->next;

	if (!next || next->status != STATUS_FREE || (char *)next != end(block))
		return 0;
	block->size += META + next->size;
	block->next = next->next;
	if (block->next)
		block->next->prev = block;
	return 1;
}

static void coalesce(void)
{
	struct block_meta *block;

	for (block = heap; block; block = block->next) {
		if (block->status == STATUS_FREE) {
			while (absorb_next(block))
				;
		}
	}
}

static struct block_meta *find_best(size_t need)
{
	struct block_meta *best = NULL, *block;

	for (block = heap; block; block = block->next) {
		if (block->status != STATUS_FREE || block->size < need)
			continue;
		if (!best || block->size < best->size)
			best = block;
	}
	return best;
}

static void split(struct block_meta *block, size_t need)
{
	struct block_meta *rest;

	if (block->size < need + META + 8)
		return;
	rest = (struct block_meta *)(payload(block) + need);
	rest->size = block->size - need - META;
	rest->status = STATUS_FREE;
	rest->prev = block;
	rest->next = block->next;
	if (rest->next)
		rest->next->prev = rest;
	block->next = rest;
	block->size = need;
}

static struct block_meta *append(size_t need)
{
	struct block_meta *last = last_block(), *block;
	size_t padding = -(uintptr_t)sbrk(0) & 7;
	char *start = sbrk(padding + META + need);

	if (start == (char *)-1)
		return NULL;
	block = (struct block_meta *)(start + padding);
	block->size = need;
	block->status = STATUS_FREE;
	block->prev = last;
	block->next = NULL;
	if (last)
		last->next = block;
	else
		heap = block;
	return block;
}

static int at_break(struct block_meta *block)
{
	return !block->next && end(block) == (char *)sbrk(0);
}

static int grow_last(struct block_meta *last, size_t need)
{
	if (sbrk(need - last->size) == (void *)-1)
		return 0;
	last->size = need;
	return 1;
}

static struct block_meta *grow_heap(size_t need)
{
	struct block_meta *last = last_block();

	if (last->status == STATUS_FREE && at_break(last))
		return grow_last(last, need) ? last : NULL;
	return append(need);
}

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
	return payload(block);
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
	return payload(block);
}

static void *alloc(size_t size, size_t threshold)
{
	if (size == 0 || size > LARGEST)
		return NULL;
	if (total(size) < threshold)
		return heap_alloc(size);
	return map_alloc(size);
}

/* Says whether it worked: a mapping that cannot be unmapped stays. */
static int release(struct block_meta *block)
{
	if (block->status == STATUS_MAPPED)
		return munmap(block, META + block->size) == 0;
	block->status = STATUS_FREE;
	return 1;
}

static void *move(struct block_meta *block, size_t size)
{
	void *to = alloc(size, MMAP_THRESHOLD);

	if (!to)
		return NULL;
	memcpy(to, payload(block), block->size < size ? block->size : size);
	if (!release(block)) {
		release(header(to));
		return NULL;
	}
	return to;
}

static void *resize(struct block_meta *block, size_t size)
{
	size_t need = align(size);

	if (block->size < need && at_break(block))
		return grow_last(block, need) ? payload(block) : NULL;
	while (block->size < need) {
		if (!absorb_next(block))
			return move(block, size);
	}
	split(block, need);
	return payload(block);
}

void *os_malloc(size_t size)
{
	return alloc(size, MMAP_THRESHOLD);
}

void os_free(void *ptr)
{
	if (ptr)
		release(header(ptr));
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t bytes;
	void *ptr;

	if (__builtin_mul_overflow(nmemb, size, &bytes))
		return NULL;
	ptr = alloc(bytes, getpagesize());
	if (ptr)
		memset(ptr, 0, bytes);
	return ptr;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *block;

	if (!ptr)
		return alloc(size, MMAP_THRESHOLD);
	if (size == 0) {
		release(header(ptr));
		return NULL;
	}
	block = header(ptr);
	if (block->status == STATUS_FREE || size > LARGEST)
		return NULL;
	if (block->status == STATUS_MAPPED || total(size) >= MMAP_THRESHOLD)
		return move(block, size);
	return resize(block, size);
}
