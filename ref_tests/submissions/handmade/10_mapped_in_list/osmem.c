// SPDX-License-Identifier: BSD-3-Clause

#include "osmem.h"
#include "block_meta.h"
#include <unistd.h>
#include <sys/mman.h>
#include <string.h>

#define MMAP_THRESHOLD (1024 * 128)
#define BLOCK_SIZE sizeof(struct block_meta)
#define ALIGN(x) (((((x) - 1) >> 3) << 3) + 8)

/* All blocks, from the heap and from mmap, in the order they were made */
struct block_meta *global_base;

struct block_meta *get_last(void)
{
	struct block_meta *it = global_base;

	while (it != NULL && it->next != NULL)
		it = it->next;
	return it;
}

void add_last(struct block_meta *block)
{
	struct block_meta *last = get_last();

	block->next = NULL;
	block->prev = last;
	if (last != NULL)
		last->next = block;
	else
		global_base = block;
}

void remove_block(struct block_meta *block)
{
	if (block->prev != NULL)
		block->prev->next = block->next;
	else
		global_base = block->next;
	if (block->next != NULL)
		block->next->prev = block->prev;
}

struct block_meta *request_space(size_t size)
{
	struct block_meta *block;

	if (global_base == NULL) {
		/* first time: heap preallocation */
		block = sbrk(MMAP_THRESHOLD);
		DIE(block == (void *)-1, "sbrk prealloc");
		block->size = MMAP_THRESHOLD - BLOCK_SIZE;
	} else {
		block = sbrk(size + BLOCK_SIZE);
		DIE(block == (void *)-1, "sbrk");
		block->size = size;
	}
	block->status = STATUS_FREE;
	add_last(block);
	return block;
}

struct block_meta *request_mmap(size_t size)
{
	struct block_meta *block;

	block = mmap(NULL, size + BLOCK_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	DIE(block == MAP_FAILED, "mmap");
	block->size = size;
	block->status = STATUS_MAPPED;
	add_last(block);
	return block;
}

void split(struct block_meta *block, size_t size)
{
	if (block->size - size >= BLOCK_SIZE + 8) {
		struct block_meta *new_block =
			(struct block_meta *)((char *)(block + 1) + size);

		new_block->size = block->size - size - BLOCK_SIZE;
		new_block->status = STATUS_FREE;
		new_block->next = block->next;
		new_block->prev = block;
		if (block->next != NULL)
			block->next->prev = new_block;
		block->next = new_block;
		block->size = size;
	}
}

void merge_with_next(struct block_meta *block)
{
	block->size += BLOCK_SIZE + block->next->size;
	block->next = block->next->next;
	if (block->next != NULL)
		block->next->prev = block;
}

void coalesce(void)
{
	struct block_meta *it = global_base;

	while (it != NULL && it->next != NULL) {
		if (it->status == STATUS_FREE && it->next->status == STATUS_FREE)
			merge_with_next(it);
		else
			it = it->next;
	}
}

struct block_meta *find_best_block(size_t size)
{
	struct block_meta *best = NULL;

	for (struct block_meta *it = global_base; it != NULL; it = it->next)
		if (it->status == STATUS_FREE && it->size >= size &&
		    (best == NULL || it->size < best->size))
			best = it;
	return best;
}

struct block_meta *get_block(size_t size)
{
	struct block_meta *block, *last;

	coalesce();
	block = find_best_block(size);
	last = get_last();
	if (block == NULL && last != NULL && last->status == STATUS_FREE) {
		DIE(sbrk(size - last->size) == (void *)-1, "sbrk expand");
		last->size = size;
		block = last;
	}
	if (block == NULL)
		block = request_space(size);
	split(block, size);
	block->status = STATUS_ALLOC;
	return block;
}

void *os_malloc(size_t size)
{
	if (size == 0)
		return NULL;
	size = ALIGN(size);
	if (size + BLOCK_SIZE >= MMAP_THRESHOLD)
		return request_mmap(size) + 1;
	return get_block(size) + 1;
}

void os_free(void *ptr)
{
	struct block_meta *block;

	if (ptr == NULL)
		return;
	block = (struct block_meta *)ptr - 1;
	if (block->status == STATUS_ALLOC) {
		block->status = STATUS_FREE;
	} else if (block->status == STATUS_MAPPED) {
		remove_block(block);
		DIE(munmap(block, block->size + BLOCK_SIZE) != 0, "munmap");
	}
}

void *os_calloc(size_t nmemb, size_t size)
{
	struct block_meta *block;
	size_t total = nmemb * size;

	if (total == 0)
		return NULL;
	total = ALIGN(total);
	if (total + BLOCK_SIZE >= (size_t)getpagesize())
		block = request_mmap(total);
	else
		block = get_block(total);
	memset(block + 1, 0, total);
	return block + 1;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *block;
	void *new_ptr;
	size_t old_size;

	if (ptr == NULL)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}
	block = (struct block_meta *)ptr - 1;
	if (block->status == STATUS_FREE)
		return NULL;

	size = ALIGN(size);
	old_size = block->size;
	if (block->status == STATUS_ALLOC) {
		if (size <= block->size) {
			split(block, size);
			return ptr;
		}
		if (size + BLOCK_SIZE < MMAP_THRESHOLD) {
			if (block->next == NULL) {
				DIE(sbrk(size - block->size) == (void *)-1, "sbrk expand");
				block->size = size;
				return ptr;
			}
			while (block->next != NULL &&
			       block->next->status == STATUS_FREE &&
			       block->size < size)
				merge_with_next(block);
			if (size <= block->size) {
				split(block, size);
				return ptr;
			}
		}
	}

	new_ptr = os_malloc(size);
	memcpy(new_ptr, ptr, old_size < size ? old_size : size);
	os_free(ptr);
	return new_ptr;
}
