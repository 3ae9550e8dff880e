/* based on "Memory Allocators 101 - Write a simple memory allocator" */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "osmem.h"
#include "block_meta.h"

typedef struct block_meta header_t;

#define MMAP_THRESHOLD (128 * 1024)

static header_t *head = NULL, *tail = NULL;

header_t *get_free_block(size_t size)
{
	header_t *curr = head;
	while (curr) {
		/* see if there's a free block that can accomodate requested size */
		if (curr->status == STATUS_FREE && curr->size >= size)
			return curr;
		curr = curr->next;
	}
	return NULL;
}

static header_t *new_block(size_t size, int status)
{
	header_t *header;
	void *block;

	block = sbrk(sizeof(header_t) + size);
	if (block == (void *) -1)
		return NULL;
	header = block;
	header->size = size;
	header->status = status;
	header->next = NULL;
	header->prev = tail;
	if (!head)
		head = header;
	if (tail)
		tail->next = header;
	tail = header;
	return header;
}

void *os_malloc(size_t size)
{
	header_t *header;
	if (!size)
		return NULL;
	size = (size + 7) & ~7UL;

	if (size + sizeof(header_t) >= MMAP_THRESHOLD) {
		header = mmap(NULL, size + sizeof(header_t), PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (header == MAP_FAILED)
			return NULL;
		header->size = size;
		header->status = STATUS_MAPPED;
		header->next = header->prev = NULL;
		return (void *)(header + 1);
	}

	/* preallocate the heap */
	if (!head)
		if (!new_block(MMAP_THRESHOLD - sizeof(header_t), STATUS_FREE))
			return NULL;

	header = get_free_block(size);
	if (header) {
		/* Woah, found a free block to accomodate requested memory. */
		header->status = STATUS_ALLOC;
		return (void *)(header + 1);
	}
	/* We need to get memory to fit in the requested block and header from OS. */
	header = new_block(size, STATUS_ALLOC);
	if (!header)
		return NULL;
	return (void *)(header + 1);
}

void os_free(void *block)
{
	header_t *header;
	/* program break is the end of the process's data segment */
	void *programbreak;

	if (!block)
		return;
	header = (header_t *)block - 1;
	if (header->status == STATUS_MAPPED) {
		munmap(header, header->size + sizeof(header_t));
		return;
	}

	/* sbrk(0) gives the current program break address */
	programbreak = sbrk(0);

	/*
	 * Check if the block to be freed is the last one in the linked list.
	 * If it is, then we could shrink the size of the heap and release the
	 * memory to OS. Else, we will keep the block but mark it as free.
	 */
	if ((char *)block + header->size == programbreak) {
		if (head == tail) {
			head = tail = NULL;
		} else {
			tail = tail->prev;
			tail->next = NULL;
		}
		sbrk(0 - header->size - sizeof(header_t));
		return;
	}
	header->status = STATUS_FREE;
}

void *os_calloc(size_t num, size_t nsize)
{
	size_t size;
	void *block;
	if (!num || !nsize)
		return NULL;
	size = num * nsize;
	/* check mul overflow */
	if (nsize != size / num)
		return NULL;
	block = os_malloc(size);
	if (!block)
		return NULL;
	memset(block, 0, size);
	return block;
}

void *os_realloc(void *block, size_t size)
{
	header_t *header;
	void *ret;
	if (!block)
		return os_malloc(size);
	if (!size) {
		os_free(block);
		return NULL;
	}
	header = (header_t *)block - 1;
	if (header->size >= size)
		return block;
	ret = os_malloc(size);
	if (ret) {
		/* Relocate contents to the new bigger block */
		memcpy(ret, block, header->size);
		/* Free the old memory block */
		os_free(block);
	}
	return ret;
}
