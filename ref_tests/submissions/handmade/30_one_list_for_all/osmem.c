#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "osmem.h"
#include "block_meta.h"

#define MMAP_THRESHOLD	(128 * 1024)
#define ALIGN(n)	((((n) - 1) | 7) + 1)

/* every block is in this list: free, allocated and mapped ones */
static struct block_meta *head;
static struct block_meta *tail;

static void append(struct block_meta *block)
{
	block->next = NULL;
	block->prev = tail;
	if (tail)
		tail->next = block;
	else
		head = block;
	tail = block;
}

static void drop(struct block_meta *block)
{
	if (block->prev)
		block->prev->next = block->next;
	else
		head = block->next;
	if (block->next)
		block->next->prev = block->prev;
	else
		tail = block->prev;
}

static struct block_meta *heap_request(size_t payload, int status)
{
	struct block_meta *block = sbrk(META + payload);

	DIE(block == (void *)-1, "sbrk");
	block->size = payload;
	block->status = status;
	append(block);
	return block;
}

static struct block_meta *map_request(size_t payload)
{
	struct block_meta *block;

	block = mmap(NULL, META + payload, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	DIE(block == MAP_FAILED, "mmap");
	block->size = payload;
	block->status = STATUS_MAPPED;
	append(block);
	return block;
}

static void split(struct block_meta *block, size_t payload)
{
	struct block_meta *other;

	if (block->size < payload + META + 8)
		return;
	other = (void *)((char *)block + META + payload);
	other->size = block->size - payload - META;
	other->status = STATUS_FREE;
	other->prev = block;
	other->next = block->next;
	if (other->next)
		other->next->prev = other;
	else
		tail = other;
	block->next = other;
	block->size = payload;
}

static void coalesce(void)
{
	struct block_meta *block = head;

	while (block) {
		struct block_meta *next = block->next;

		if (next && block->status == STATUS_FREE &&
		    next->status == STATUS_FREE) {
			block->size += META + next->size;
			drop(next);
		} else {
			block = next;
		}
	}
}

static void expand(struct block_meta *block, size_t payload)
{
	DIE(sbrk(payload - block->size) == (void *)-1, "sbrk");
	block->size = payload;
}

static struct block_meta *heap_block(size_t payload)
{
	struct block_meta *block, *best = NULL;

	if (!head)
		heap_request(MMAP_THRESHOLD - META, STATUS_FREE);

	coalesce();
	for (block = head; block; block = block->next)
		if (block->status == STATUS_FREE && block->size >= payload)
			if (!best || block->size < best->size)
				best = block;

	if (best) {
		split(best, payload);
		best->status = STATUS_ALLOC;
		return best;
	}
	if (tail->status == STATUS_FREE) {
		expand(tail, payload);
		tail->status = STATUS_ALLOC;
		return tail;
	}
	return heap_request(payload, STATUS_ALLOC);
}

void *os_malloc(size_t size)
{
	if (size == 0)
		return NULL;
	size = ALIGN(size);
	if (META + size < MMAP_THRESHOLD)
		return heap_block(size) + 1;
	return map_request(size) + 1;
}

void os_free(void *ptr)
{
	struct block_meta *block;

	if (!ptr)
		return;
	block = (struct block_meta *)ptr - 1;
	if (block->status == STATUS_ALLOC) {
		block->status = STATUS_FREE;
	} else if (block->status == STATUS_MAPPED) {
		drop(block);
		DIE(munmap(block, META + block->size) == -1, "munmap");
	}
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t bytes = nmemb * size;
	struct block_meta *block;

	if (bytes == 0)
		return NULL;
	bytes = ALIGN(bytes);
	if (META + bytes < (size_t)getpagesize())
		block = heap_block(bytes);
	else
		block = map_request(bytes);
	memset(block + 1, 0, bytes);
	return block + 1;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *block, *next;
	size_t payload;
	void *copy;

	if (!ptr)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}

	block = (struct block_meta *)ptr - 1;
	payload = ALIGN(size);
	if (block->status == STATUS_FREE)
		return NULL;

	if (block->status == STATUS_ALLOC && META + payload < MMAP_THRESHOLD) {
		if (payload > block->size && block == tail)
			expand(block, payload);
		while (payload > block->size) {
			next = block->next;
			if (!next || next->status != STATUS_FREE)
				break;
			block->size += META + next->size;
			drop(next);
		}
		if (payload <= block->size) {
			split(block, payload);
			return ptr;
		}
	}

	copy = os_malloc(size);
	memcpy(copy, ptr, size < block->size ? size : block->size);
	os_free(ptr);
	return copy;
}
