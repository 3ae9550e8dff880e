#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "osmem.h"
#include "block_meta.h"

#define MMAP_THRESHOLD (128 * 1024)
#define ALIGN(n) (((n) + 7) & ~7)
#define M_SIZE sizeof(struct block_meta)

struct heap {
	struct block_meta *head;
	struct block_meta *tail; /* so that adding at the end is fast */
	int initialised;
};

static struct heap heap;

static struct block_meta *get_meta(void *ptr)
{
	return (struct block_meta *)((char *)ptr - M_SIZE);
}

static void heap_add(struct block_meta *block)
{
	block->next = NULL;
	block->prev = heap.tail;
	if (heap.tail != NULL)
		heap.tail->next = block;
	else
		heap.head = block;
	heap.tail = block;
}

static void split(struct block_meta *block, size_t size)
{
	struct block_meta *remaining;

	if (block->size - size < M_SIZE + 8)
		return;
	remaining = (struct block_meta *)((char *)block + M_SIZE + size);
	remaining->status = STATUS_FREE;
	remaining->size = block->size - size - M_SIZE;
	remaining->next = block->next;
	remaining->prev = block;
	if (block->next != NULL)
		block->next->prev = remaining;
	block->next = remaining;
	block->size = size;
	if (heap.tail == block)
		heap.tail = remaining;
}

static void coalesce(void)
{
	struct block_meta *current = heap.head;

	while (current != NULL && current->next != NULL) {
		struct block_meta *next = current->next;

		if (current->status == STATUS_FREE && next->status == STATUS_FREE) {
			current->size += next->size + M_SIZE;
			current->next = next->next;
			if (next->next != NULL)
				next->next->prev = current;
		} else {
			current = next;
		}
	}
}

static struct block_meta *best_fit(size_t size)
{
	struct block_meta *best = NULL;
	struct block_meta *current;
	size_t min_size = (size_t)-1;

	for (current = heap.head; current != NULL; current = current->next) {
		if (current->status == STATUS_FREE && current->size >= size &&
		    current->size < min_size) {
			min_size = current->size;
			best = current;
		}
	}
	return best;
}

static void heap_init(void)
{
	struct block_meta *block = sbrk(MMAP_THRESHOLD);

	DIE(block == NULL, "sbrk");
	block->size = MMAP_THRESHOLD - M_SIZE;
	block->status = STATUS_FREE;
	heap_add(block);
	heap.initialised = 1;
}

static void *alloc_brk(size_t size)
{
	struct block_meta *block;

	if (!heap.initialised)
		heap_init();

	coalesce();
	block = best_fit(size);
	if (block != NULL) {
		block->status = STATUS_ALLOC;
		split(block, size);
		return block + 1;
	}

	if (heap.tail->status == STATUS_FREE) {
		/* the last block is free, make it bigger */
		sbrk(size - heap.tail->size);
		heap.tail->size = size;
		heap.tail->status = STATUS_ALLOC;
		return heap.tail + 1;
	}

	block = sbrk(size + M_SIZE);
	DIE(block == NULL, "sbrk");
	block->size = size;
	block->status = STATUS_ALLOC;
	heap_add(block);
	return block + 1;
}

static void *alloc_mmap(size_t size)
{
	struct block_meta *block;

	block = mmap(NULL, size + M_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	DIE(block == NULL, "mmap");
	block->size = size;
	block->status = STATUS_MAPPED;
	block->next = block->prev = NULL;
	return block + 1;
}

void *os_malloc(size_t size)
{
	if (size == 0)
		return NULL;
	size = ALIGN(size);
	if (size + M_SIZE >= MMAP_THRESHOLD)
		return alloc_mmap(size);
	return alloc_brk(size);
}

void os_free(void *ptr)
{
	struct block_meta *block;

	if (ptr == NULL)
		return;
	block = get_meta(ptr);
	if (block->status == STATUS_MAPPED)
		munmap(ptr, block->size);
	else
		block->status = STATUS_FREE;
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t total = ALIGN(nmemb * size);
	void *ptr;

	if (total == 0)
		return NULL;
	if (total + M_SIZE >= (size_t)getpagesize())
		ptr = alloc_mmap(total);
	else
		ptr = alloc_brk(total);
	memset(ptr, 0, total);
	return ptr;
}

static void *copy_to_new(void *ptr, size_t old_size, size_t size)
{
	void *new_ptr = os_malloc(size);

	memcpy(new_ptr, ptr, old_size < size ? old_size : size);
	os_free(ptr);
	return new_ptr;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *block;

	if (ptr == NULL)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}

	block = get_meta(ptr);
	if (block->status == STATUS_FREE)
		return NULL;
	size = ALIGN(size);
	if (block->status == STATUS_MAPPED)
		return copy_to_new(ptr, block->size, size);

	if (size <= block->size) {
		split(block, size);
		return ptr;
	}

	if (block == heap.tail) {
		/* last block */
		sbrk(size - block->size);
		block->size = size;
		return ptr;
	}

	while (block->next != NULL && block->next->status == STATUS_FREE &&
	       block->size < size) {
		block->size += block->next->size + M_SIZE;
		block->next = block->next->next;
		if (block->next != NULL)
			block->next->prev = block;
	}
	if (block->size >= size) {
		split(block, size);
		return ptr;
	}

	return copy_to_new(ptr, block->size, size);
}
