#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>
#include "helpers.h"

/* First block of the heap, NULL until the heap is used. */
static struct block_meta *heap_head;

struct block_meta *payload_to_block(void *ptr)
{
	return (struct block_meta *)((char *)ptr - META_SIZE);
}

void *block_to_payload(struct block_meta *block)
{
	return (char *)block + META_SIZE;
}

int size_too_big(size_t size)
{
	return size > SIZE_MAX - META_SIZE - ALIGNMENT;
}

static struct block_meta *grow_heap(size_t bytes)
{
	void *place = sbrk((intptr_t)bytes);

	DIE(place == (void *)-1, "sbrk");
	return place;
}

static void init_block(struct block_meta *block, size_t size, int status)
{
	block->size = size;
	block->status = status;
	block->prev = NULL;
	block->next = NULL;
}

static void insert_after(struct block_meta *where, struct block_meta *block)
{
	block->prev = where;
	block->next = where->next;
	if (where->next)
		where->next->prev = block;
	where->next = block;
}

static void merge_next(struct block_meta *block)
{
	struct block_meta *gone = block->next;

	block->size += META_SIZE + gone->size;
	block->next = gone->next;
	if (gone->next)
		gone->next->prev = block;
}

static void coalesce_all(void)
{
	struct block_meta *block = heap_head;

	while (block && block->next) {
		if (block->status == STATUS_FREE &&
		    block->next->status == STATUS_FREE)
			merge_next(block);
		else
			block = block->next;
	}
}

static struct block_meta *find_best(size_t need)
{
	struct block_meta *best = NULL;
	struct block_meta *block;

	for (block = heap_head; block; block = block->next) {
		if (block->status != STATUS_FREE || block->size < need)
			continue;
		if (!best || block->size < best->size)
			best = block;
	}
	return best;
}

static struct block_meta *last_block(void)
{
	struct block_meta *block = heap_head;

	while (block->next)
		block = block->next;
	return block;
}

static void preallocate(void)
{
	heap_head = grow_heap(PREALLOCATION);
	init_block(heap_head, PREALLOCATION - META_SIZE, STATUS_FREE);
}

int heap_is_last(struct block_meta *block)
{
	return block->next == NULL;
}

void heap_split(struct block_meta *block, size_t need)
{
	struct block_meta *rest;

	if (block->size - need < META_SIZE + ALIGNMENT)
		return;
	rest = (struct block_meta *)((char *)block + META_SIZE + need);
	init_block(rest, block->size - need - META_SIZE, STATUS_FREE);
	insert_after(block, rest);
	block->size = need;
}

void heap_grow_last(struct block_meta *block, size_t need)
{
	grow_heap(need - block->size);
	block->size = need;
}

/* Takes the free blocks behind until the block is large enough. */
int heap_absorb_next(struct block_meta *block, size_t need)
{
	while (block->size < need && block->next &&
	       block->next->status == STATUS_FREE)
		merge_next(block);
	return block->size >= need;
}

struct block_meta *heap_get_block(size_t need)
{
	struct block_meta *block;
	struct block_meta *last;

	if (!heap_head)
		preallocate();
	coalesce_all();
	block = find_best(need);
	if (block) {
		heap_split(block, need);
		block->status = STATUS_ALLOC;
		return block;
	}
	last = last_block();
	if (last->status == STATUS_FREE) {
		heap_grow_last(last, need);
		last->status = STATUS_ALLOC;
		return last;
	}
	block = grow_heap(META_SIZE + need);
	init_block(block, need, STATUS_ALLOC);
	insert_after(last, block);
	return block;
}

struct block_meta *map_block(size_t need)
{
	struct block_meta *block;

	block = mmap(NULL, META_SIZE + need, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	DIE(block == MAP_FAILED, "mmap");
	init_block(block, need, STATUS_MAPPED);
	return block;
}

void unmap_block(struct block_meta *block)
{
	int ret = munmap(block, META_SIZE + block->size);

	DIE(ret < 0, "munmap");
}
