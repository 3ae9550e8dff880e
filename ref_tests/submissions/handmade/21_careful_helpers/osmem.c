#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include "osmem.h"
#include "helpers.h"

static void *allocate(size_t size, size_t threshold)
{
	if (size == 0 || size_too_big(size))
		return NULL;
	if (TOTAL(size) >= threshold)
		return block_to_payload(map_block(ALIGN(size)));
	return block_to_payload(heap_get_block(ALIGN(size)));
}

/* Allocates a new block, copies the content, gives the old one back. */
static void *move_block(void *ptr, size_t old_size, size_t size)
{
	void *fresh = os_malloc(size);

	if (!fresh)
		return NULL;
	memcpy(fresh, ptr, old_size < size ? old_size : size);
	os_free(ptr);
	return fresh;
}

void *os_malloc(size_t size)
{
	return allocate(size, MMAP_THRESHOLD);
}

void os_free(void *ptr)
{
	struct block_meta *block;

	if (!ptr)
		return;
	block = payload_to_block(ptr);
	if (block->status == STATUS_MAPPED)
		unmap_block(block);
	else
		block->status = STATUS_FREE;
}

void *os_calloc(size_t nmemb, size_t size)
{
	void *ptr;

	if (nmemb == 0 || size == 0)
		return NULL;
	if (nmemb > SIZE_MAX / size)
		return NULL;
	ptr = allocate(nmemb * size, (size_t)getpagesize());
	if (ptr)
		memset(ptr, 0, nmemb * size);
	return ptr;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *block;
	size_t need;

	if (!ptr)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}
	if (size_too_big(size))
		return NULL;

	block = payload_to_block(ptr);
	need = ALIGN(size);

	if (block->status == STATUS_MAPPED || TOTAL(size) >= MMAP_THRESHOLD)
		return move_block(ptr, block->size, size);

	if (need <= block->size) {
		heap_split(block, need);
		return ptr;
	}
	if (heap_is_last(block)) {
		heap_grow_last(block, need);
		return ptr;
	}
	if (heap_absorb_next(block, need)) {
		heap_split(block, need);
		return ptr;
	}
	return move_block(ptr, block->size, size);
}
