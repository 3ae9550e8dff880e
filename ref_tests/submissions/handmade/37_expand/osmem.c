// SPDX-License-Identifier: BSD-3-Clause

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "osmem.h"
#include "block_meta.h"

#define MMAP_THRESHOLD	(128 * 1024)
#define ALIGN(size)	(((size) + 7) & ~7UL)

struct block_meta *heap_head;

struct block_meta *get_last(void)
{
	struct block_meta *it = heap_head;

	while (it->next != NULL)
		it = it->next;
	return it;
}

void add_last(struct block_meta *block)
{
	struct block_meta *last;

	block->next = NULL;
	if (heap_head == NULL) {
		block->prev = NULL;
		heap_head = block;
	} else {
		last = get_last();
		last->next = block;
		block->prev = last;
	}
}

struct block_meta *sbrk_block(size_t size, int status)
{
	struct block_meta *block = sbrk(META + size);

	DIE(block == (void *)-1, "sbrk error");
	block->size = size;
	block->status = status;
	add_last(block);
	return block;
}

struct block_meta *mmap_block(size_t size)
{
	struct block_meta *block;

	block = mmap(NULL, META + size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	DIE(block == NULL, "mmap error");
	block->size = size;
	block->status = STATUS_MAPPED;
	block->prev = NULL;
	block->next = NULL;
	return block;
}

void merge(struct block_meta *a, struct block_meta *b)
{
	a->size += META + b->size;
	a->next = b->next;
	if (b->next != NULL)
		b->next->prev = a;
}

void coalesce_blocks(void)
{
	struct block_meta *it = heap_head;

	while (it != NULL) {
		while (it->status == STATUS_FREE && it->next != NULL &&
		       it->next->status == STATUS_FREE)
			merge(it, it->next);
		it = it->next;
	}
}

void split_block(struct block_meta *block, size_t size)
{
	struct block_meta *rest;

	if (block->size < size + META + 8)
		return;
	rest = (struct block_meta *)((char *)(block + 1) + size);
	rest->size = block->size - size - META;
	rest->status = STATUS_FREE;
	rest->prev = block;
	rest->next = block->next;
	if (block->next != NULL)
		block->next->prev = rest;
	block->next = rest;
	block->size = size;
}

struct block_meta *expand_last(struct block_meta *last, size_t size)
{
	void *ret = sbrk(size - last->size);

	DIE(ret == (void *)-1, "sbrk error");
	last->size = size;
	return last;
}

struct block_meta *find_block(size_t size)
{
	struct block_meta *it, *best = NULL;

	for (it = heap_head; it != NULL; it = it->next) {
		if (it->status == STATUS_FREE && it->size >= size) {
			if (best == NULL || it->size < best->size)
				best = it;
		}
	}
	return best;
}

struct block_meta *heap_block(size_t size)
{
	struct block_meta *block, *last;

	if (heap_head == NULL)
		sbrk_block(MMAP_THRESHOLD - META, STATUS_FREE);

	coalesce_blocks();
	block = find_block(size);
	if (block != NULL) {
		split_block(block, size);
		block->status = STATUS_ALLOC;
		return block;
	}

	last = get_last();
	if (last->status == STATUS_FREE)
		return expand_last(last, size);

	return sbrk_block(size, STATUS_ALLOC);
}

void *os_malloc(size_t size)
{
	if (size == 0)
		return NULL;
	if (size > MMAP_THRESHOLD)
		return mmap_block(ALIGN(size)) + 1;
	return heap_block(ALIGN(size)) + 1;
}

void os_free(void *ptr)
{
	struct block_meta *block;
	int ret;

	if (ptr == NULL)
		return;
	block = (struct block_meta *)ptr - 1;
	if (block->status == STATUS_MAPPED) {
		ret = munmap(block, META + block->size);
		DIE(ret == -1, "munmap error");
	} else {
		block->status = STATUS_FREE;
		coalesce_blocks();
	}
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t total_size = ALIGN(nmemb * size);
	struct block_meta *block;

	if (nmemb == 0 || size == 0)
		return NULL;
	if (total_size + META < (size_t)getpagesize())
		block = heap_block(total_size);
	else
		block = mmap_block(total_size);
	memset(block + 1, 0, total_size);
	return block + 1;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *block;
	size_t new_size = ALIGN(size), copy_size;
	void *new_ptr;

	if (ptr == NULL)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}
	block = (struct block_meta *)ptr - 1;
	if (block->status == STATUS_FREE)
		return NULL;

	if (block->status == STATUS_ALLOC && size <= MMAP_THRESHOLD) {
		if (new_size <= block->size) {
			split_block(block, new_size);
			return ptr;
		}
		if (block->next == NULL) {
			expand_last(block, new_size);
			return ptr;
		}
		while (block->size < new_size && block->next != NULL &&
		       block->next->status == STATUS_FREE)
			merge(block, block->next);
		if (block->size >= new_size) {
			split_block(block, new_size);
			return ptr;
		}
	}

	new_ptr = os_malloc(size);
	copy_size = block->size < size ? block->size : size;
	memcpy(new_ptr, ptr, copy_size);
	os_free(ptr);
	return new_ptr;
}
