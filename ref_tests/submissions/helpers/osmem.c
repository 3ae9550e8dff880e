#include "osmem.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "block_list.h"
#include "printf.h"
#include "sys.h"

#ifndef MMAP_THRESHOLD
#define MMAP_THRESHOLD (128 * 1024)
#endif
#define PREALLOCATION (128 * 1024)

static size_t total(size_t n)
{
	return META + aligned(n);
}

static struct block_meta *header(void *ptr)
{
	return (struct block_meta *)((char *)ptr - META);
}

static struct block_meta *append_chunk(size_t size)
{
	size_t padding = -(uintptr_t)sys_break() % ALIGNMENT;
	char *start = sys_grow(padding + total(size));

	return start ? list_append(start + padding, aligned(size)) : NULL;
}

static int extend_last(size_t need)
{
	if (!sys_grow(need - blocks.last->size))
		return 0;
	blocks.last->size = need;
	return 1;
}

static int is_at_break(struct block_meta *block)
{
	return block == blocks.last && after(block) == sys_break();
}

static struct block_meta *find_or_grow(size_t need)
{
	struct block_meta *block;

	list_coalesce();
	block = list_best(need);
	if (block)
		return block;
	if (blocks.last->status != STATUS_FREE || !is_at_break(blocks.last))
		return append_chunk(need);
	return extend_last(need) ? blocks.last : NULL;
}

static void *take_from_heap(size_t size)
{
	struct block_meta *block;

	if (!blocks.first && !append_chunk(PREALLOCATION - META))
		return NULL;
	block = find_or_grow(aligned(size));
	if (!block)
		return NULL;
	list_split(block, aligned(size));
	block->status = STATUS_ALLOC;
	return payload(block);
}

static void *take_mapping(size_t size)
{
	struct block_meta *block = sys_map(total(size));

	if (!block)
		return NULL;
	block->size = aligned(size);
	block->status = STATUS_MAPPED;
	block->prev = block->next = NULL;
	return payload(block);
}

static void *allocate(size_t size, size_t threshold)
{
	if (!size || size > PTRDIFF_MAX - PREALLOCATION)
		return NULL;
	if (total(size) < threshold)
		return take_from_heap(size);
	return take_mapping(size);
}

static int give_back(void *ptr)
{
	struct block_meta *block = header(ptr);

	if (block->status == STATUS_MAPPED)
		return sys_unmap(block, total(block->size));
	block->status = STATUS_FREE;
	return 1;
}

static void *relocate(void *ptr, size_t size)
{
	size_t old = header(ptr)->size;
	void *new = allocate(size, MMAP_THRESHOLD);

	if (!new)
		return NULL;
	memcpy(new, ptr, old < size ? old : size);
	if (give_back(ptr))
		return new;
	give_back(new);
	return NULL;
}

static void *resize(void *ptr, size_t size)
{
	struct block_meta *block = header(ptr);
	size_t need = aligned(size);

	if (need > block->size && is_at_break(block))
		return extend_last(need) ? ptr : NULL;
	while (need > block->size) {
		if (!list_absorb(block))
			return relocate(ptr, size);
	}
	list_split(block, need);
	return ptr;
}

static void *reallocate(void *ptr, size_t size)
{
	struct block_meta *block;

	if (!ptr)
		return allocate(size, MMAP_THRESHOLD);
	if (!size) {
		give_back(ptr);
		return NULL;
	}
	block = header(ptr);
	if (block->status == STATUS_FREE || size > PTRDIFF_MAX - PREALLOCATION)
		return NULL;
	if (block->status == STATUS_MAPPED || total(size) >= MMAP_THRESHOLD)
		return relocate(ptr, size);
	return resize(ptr, size);
}

void *os_malloc(size_t size)
{
	void *ptr = allocate(size, MMAP_THRESHOLD);

	printf("os_malloc(%lu) = %p\n", (unsigned long)size, ptr);
	return ptr;
}

void os_free(void *ptr)
{
	printf("os_free(%p)\n", ptr);
	if (ptr)
		give_back(ptr);
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t bytes = nmemb * size;
	void *ptr = NULL;

	if (!size || bytes / size == nmemb)
		ptr = allocate(bytes, (size_t)getpagesize());
	if (ptr)
		memset(ptr, 0, bytes);
	printf("os_calloc(%lu, %lu) = %p\n", (unsigned long)nmemb, (unsigned long)size, ptr);
	return ptr;
}

void *os_realloc(void *ptr, size_t size)
{
	void *new = reallocate(ptr, size);

	printf("os_realloc(%p, %lu) = %p\n", ptr, (unsigned long)size, new);
	return new;
}
