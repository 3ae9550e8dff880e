// SPDX-License-Identifier: BSD-3-Clause

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "osmem.h"
#include "block_meta.h"

#define ALIGNMENT 8
#define ALIGN(size) (((size) + (ALIGNMENT - 1)) & ~(ALIGNMENT - 1))
#define META_SIZE sizeof(struct block_meta)
#define MMAP_THRESHOLD (128 * 1024)

/* first block of the heap, the mapped ones are not in the list */
static struct block_meta *head;

static struct block_meta *get_block(void *ptr)
{
	return (struct block_meta *)ptr - 1;
}

static struct block_meta *last_block(void)
{
	struct block_meta *block = head;

	while (block->next)
		block = block->next;
	return block;
}

/* eats the block after this one */
static void absorb_next(struct block_meta *block)
{
	struct block_meta *next = block->next;

	block->size += META_SIZE + next->size;
	block->next = next->next;
	if (next->next)
		next->next->prev = block;
}

static void coalesce_all(void)
{
	struct block_meta *block = head;

	while (block && block->next) {
		if (block->status == STATUS_FREE &&
		    block->next->status == STATUS_FREE)
			absorb_next(block);
		else
			block = block->next;
	}
}

static void split_block(struct block_meta *block, size_t size)
{
	struct block_meta *rest;

	if (block->size < size + META_SIZE + ALIGNMENT)
		return;

	rest = (struct block_meta *)((char *)(block + 1) + size);
	rest->size = block->size - size - META_SIZE;
	rest->status = STATUS_FREE;
	rest->prev = block;
	rest->next = block->next;
	if (rest->next)
		rest->next->prev = rest;
	block->next = rest;
	block->size = size;
}

static struct block_meta *best_fit(size_t size)
{
	struct block_meta *block, *best = NULL;

	for (block = head; block; block = block->next) {
		if (block->status != STATUS_FREE || block->size < size)
			continue;
		if (!best || block->size < best->size)
			best = block;
	}
	return best;
}

static struct block_meta *map_block(size_t size)
{
	struct block_meta *block;

	block = mmap(NULL, size + META_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	DIE(block == MAP_FAILED, "mmap");
	block->size = size;
	block->status = STATUS_MAPPED;
	block->prev = NULL;
	block->next = NULL;
	return block;
}

static struct block_meta *grow_heap(size_t size)
{
	struct block_meta *last = last_block();
	struct block_meta *block;
	void *ret;

	if (last->status == STATUS_FREE) {
		ret = sbrk(size - last->size);
		DIE(ret == (void *)-1, "sbrk");
		last->size = size;
		return last;
	}

	block = sbrk(size + META_SIZE);
	DIE(block == (void *)-1, "sbrk");
	block->size = size;
	block->prev = last;
	block->next = NULL;
	last->next = block;
	return block;
}

static void *alloc_with_limit(size_t size, size_t limit)
{
	struct block_meta *block;

	size = ALIGN(size);
	if (size + META_SIZE >= limit)
		return map_block(size) + 1;

	if (!head) {
		/* preallocate the heap, this is the first block */
		head = sbrk(MMAP_THRESHOLD);
		DIE(head == (void *)-1, "sbrk");
		head->size = MMAP_THRESHOLD - META_SIZE;
		head->status = STATUS_ALLOC;
		head->prev = NULL;
		head->next = NULL;
		return head + 1;
	}

	coalesce_all();
	block = best_fit(size);
	if (block)
		split_block(block, size);
	else
		block = grow_heap(size);
	block->status = STATUS_ALLOC;
	return block + 1;
}

void *os_malloc(size_t size)
{
	if (size == 0)
		return NULL;
	return alloc_with_limit(size, MMAP_THRESHOLD);
}

void os_free(void *ptr)
{
	struct block_meta *block;
	int ret;

	if (!ptr)
		return;
	block = get_block(ptr);
	if (block->status == STATUS_MAPPED) {
		ret = munmap(block, block->size + META_SIZE);
		DIE(ret == -1, "munmap");
	} else {
		block->status = STATUS_FREE;
	}
}

void *os_calloc(size_t nmemb, size_t size)
{
	void *ptr;

	if (nmemb == 0 || size == 0)
		return NULL;
	ptr = alloc_with_limit(nmemb * size, getpagesize());
	memset(ptr, 0, nmemb * size);
	return ptr;
}

static void *move_block(struct block_meta *block, size_t size)
{
	void *new_ptr = os_malloc(size);

	memcpy(new_ptr, block + 1, block->size < size ? block->size : size);
	os_free(block + 1);
	return new_ptr;
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

	block = get_block(ptr);
	if (block->status == STATUS_FREE)
		return NULL;

	size = ALIGN(size);
	if (block->status == STATUS_MAPPED || size + META_SIZE >= MMAP_THRESHOLD)
		return move_block(block, size);

	if (size <= block->size) {
		split_block(block, size);
		return ptr;
	}

	if (!block->next) {
		void *ret = sbrk(size - block->size);

		DIE(ret == (void *)-1, "sbrk");
		block->size = size;
		return ptr;
	}

	while (block->size < size && block->next &&
	       block->next->status == STATUS_FREE)
		absorb_next(block);
	if (block->size >= size) {
		split_block(block, size);
		return ptr;
	}
	return move_block(block, size);
}
