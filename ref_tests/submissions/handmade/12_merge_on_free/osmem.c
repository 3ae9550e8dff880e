// SPDX-License-Identifier: BSD-3-Clause

#include "osmem.h"
#include "block_meta.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ALIGN(size) (((size) + 7) / 8 * 8)
#define SIZE_META sizeof(struct block_meta)
#define BIG (128 * 1024)

static struct block_meta *list_head;
static struct block_meta *list_tail;
static bool heap_is_ready;

static void heap_push_back(struct block_meta *block)
{
	block->next = NULL;
	block->prev = list_tail;
	if (list_tail)
		list_tail->next = block;
	else
		list_head = block;
	list_tail = block;
}

static void heap_delete(struct block_meta *block)
{
	if (block->prev)
		block->prev->next = block->next;
	else
		list_head = block->next;
	if (block->next)
		block->next->prev = block->prev;
	else
		list_tail = block->prev;
}

static struct block_meta *heap_extend(size_t total)
{
	struct block_meta *block = (struct block_meta *)sbrk(total);

	DIE(block == (struct block_meta *)-1, "heap extend");
	block->size = total - SIZE_META;
	block->status = STATUS_FREE;
	heap_push_back(block);
	return block;
}

static void heap_prepare(void)
{
	if (heap_is_ready)
		return;
	heap_extend(BIG);
	heap_is_ready = true;
}

static void block_split(struct block_meta *block, size_t size)
{
	struct block_meta *other;

	if (block->size < size + SIZE_META + 8)
		return;

	other = (struct block_meta *)((char *)block + SIZE_META + size);
	other->size = block->size - SIZE_META - size;
	other->status = STATUS_FREE;
	other->prev = block;
	other->next = block->next;
	if (block->next)
		block->next->prev = other;
	else
		list_tail = other;
	block->next = other;
	block->size = size;
}

static void *block_mmap(size_t size)
{
	struct block_meta *block;

	block = mmap(NULL, SIZE_META + size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	DIE(block == MAP_FAILED, "mmap");
	block->size = size;
	block->status = STATUS_MAPPED;
	block->next = NULL;
	block->prev = NULL;
	return block + 1;
}

static void *block_heap(size_t size)
{
	struct block_meta *it, *best;

	heap_prepare();
	best = NULL;
	for (it = list_head; it; it = it->next) {
		if (it->status == STATUS_ALLOC)
			continue;
		if (it->size < size)
			continue;
		if (best && best->size <= it->size)
			continue;
		best = it;
	}

	/* free blocks are already merged by os_free, nothing else to do */
	if (!best)
		best = heap_extend(SIZE_META + size);
	block_split(best, size);
	best->status = STATUS_ALLOC;
	return best + 1;
}

void *os_malloc(size_t size)
{
	size_t len = ALIGN(size);

	if (size == 0)
		return NULL;
	if (len + SIZE_META < BIG)
		return block_heap(len);
	return block_mmap(len);
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t len = ALIGN(nmemb * size);
	void *ptr;

	if (nmemb == 0 || size == 0)
		return NULL;
	/* overflow */
	if (nmemb * size / size != nmemb)
		return NULL;
	if (len + SIZE_META < (size_t)getpagesize())
		ptr = block_heap(len);
	else
		ptr = block_mmap(len);
	memset(ptr, 0, len);
	return ptr;
}

void os_free(void *ptr)
{
	struct block_meta *block, *next, *prev;

	if (!ptr)
		return;
	block = (struct block_meta *)ptr - 1;

	if (block->status == STATUS_MAPPED) {
		int err = munmap(block, SIZE_META + block->size);

		DIE(err, "munmap");
		return;
	}

	block->status = STATUS_FREE;
	next = block->next;
	if (next && next->status == STATUS_FREE) {
		heap_delete(next);
		block->size += SIZE_META + next->size;
	}
	prev = block->prev;
	if (prev && prev->status == STATUS_FREE) {
		heap_delete(block);
		prev->size += SIZE_META + block->size;
	}
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *block, *next;
	size_t len = ALIGN(size);
	void *other;

	if (!ptr)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}
	block = (struct block_meta *)ptr - 1;
	if (block->status == STATUS_FREE)
		return NULL;

	/* smaller => same address, for mapped blocks too */
	if (len <= block->size) {
		if (block->status == STATUS_ALLOC)
			block_split(block, len);
		else
			block->size = len;
		return ptr;
	}

	if (block->status == STATUS_ALLOC && len + SIZE_META < BIG) {
		if (block == list_tail) {
			other = sbrk(len - block->size);
			DIE(other == (void *)-1, "sbrk");
			block->size = len;
			return ptr;
		}
		for (next = block->next; next && next->status == STATUS_FREE;
		     next = block->next) {
			heap_delete(next);
			block->size += SIZE_META + next->size;
			if (block->size >= len) {
				block_split(block, len);
				return ptr;
			}
		}
	}

	other = os_malloc(size);
	memcpy(other, ptr, block->size < size ? block->size : size);
	os_free(ptr);
	return other;
}
