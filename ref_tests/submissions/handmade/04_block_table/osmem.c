// SPDX-License-Identifier: BSD-3-Clause
#include "osmem.h"
#include "block_meta.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define THRESHOLD 131072
#define MAX_BLOCKS 1000

/*
 * I keep pointers to all the heap blocks in a vector, in the order of the
 * addresses. It is much easier than a list, the neighbour of i is i + 1.
 */
static struct block_meta *blocks[MAX_BLOCKS];
static int nr_blocks;

static size_t round8(size_t n)
{
	while (n % 8 != 0)
		n++;
	return n;
}

static void insert_at(int pos, struct block_meta *b)
{
	int i;

	/* 1000 blocks should be enough */
	if (nr_blocks == MAX_BLOCKS)
		return;
	for (i = nr_blocks; i > pos; i--)
		blocks[i] = blocks[i - 1];
	blocks[pos] = b;
	nr_blocks++;
}

static void delete_at(int pos)
{
	int i;

	nr_blocks--;
	for (i = pos; i < nr_blocks; i++)
		blocks[i] = blocks[i + 1];
}

static int index_of(struct block_meta *b)
{
	int i;

	for (i = 0; i < nr_blocks; i++)
		if (blocks[i] == b)
			break;
	return i;
}

static struct block_meta *new_block(void *where, size_t size, int status)
{
	struct block_meta *b = where;

	b->size = size;
	b->status = status;
	b->prev = NULL;
	b->next = NULL;
	return b;
}

/* block i is cut at size, what remains is the free block i + 1 */
static void split(int i, size_t size)
{
	struct block_meta *b = blocks[i];
	size_t rest = b->size - size;

	if (rest < META + 8)
		return;
	b->size = size;
	insert_at(i + 1, new_block((char *)(b + 1) + size, rest - META,
				   STATUS_FREE));
}

static void unite(int i)
{
	blocks[i]->size += META + blocks[i + 1]->size;
	delete_at(i + 1);
}

static void unite_all(void)
{
	int i = 0;

	while (i + 1 < nr_blocks) {
		if (blocks[i]->status == STATUS_FREE &&
		    blocks[i + 1]->status == STATUS_FREE)
			unite(i);
		else
			i++;
	}
}

static void *get_mapped(size_t size)
{
	void *p = mmap(NULL, size + META, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	DIE(p == MAP_FAILED, "mmap");
	return new_block(p, size, STATUS_MAPPED) + 1;
}

static void *get_heap(size_t size)
{
	int i, best = -1;
	void *p;

	if (nr_blocks == 0) {
		p = sbrk(THRESHOLD);
		DIE(p == (void *)-1, "sbrk");
		insert_at(0, new_block(p, THRESHOLD - META, STATUS_FREE));
	}

	unite_all();
	for (i = 0; i < nr_blocks; i++)
		if (blocks[i]->status == STATUS_FREE && blocks[i]->size >= size)
			if (best == -1 || blocks[i]->size <= blocks[best]->size)
				best = i;

	if (best >= 0) {
		blocks[best]->status = STATUS_ALLOC;
		split(best, size);
		return blocks[best] + 1;
	}

	i = nr_blocks - 1;
	if (blocks[i]->status == STATUS_FREE) {
		p = sbrk(size - blocks[i]->size);
		DIE(p == (void *)-1, "sbrk");
		blocks[i]->size = size;
		blocks[i]->status = STATUS_ALLOC;
		return blocks[i] + 1;
	}

	p = sbrk(size + META);
	DIE(p == (void *)-1, "sbrk");
	insert_at(nr_blocks, new_block(p, size, STATUS_ALLOC));
	return (struct block_meta *)p + 1;
}

void *os_malloc(size_t size)
{
	if (size == 0)
		return NULL;
	size = round8(size);
	return size + META >= THRESHOLD ? get_mapped(size) : get_heap(size);
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t bytes = round8(nmemb * size);
	void *p;

	if (bytes == 0)
		return NULL;
	if (bytes / nmemb < size)
		return NULL;
	if (bytes + META >= (size_t)getpagesize())
		return get_mapped(bytes); /* the kernel gives zeros */
	p = get_heap(bytes);
	memset(p, 0, bytes);
	return p;
}

void os_free(void *ptr)
{
	struct block_meta *b;

	if (ptr == NULL)
		return;
	b = (struct block_meta *)ptr - 1;
	if (b->status == STATUS_MAPPED)
		munmap(b, b->size + META);
	else
		b->status = STATUS_FREE;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *b;
	size_t min;
	void *p;
	int i;

	if (ptr == NULL)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}

	b = (struct block_meta *)ptr - 1;
	if (b->status == STATUS_FREE)
		return NULL;
	size = round8(size);

	if (b->status == STATUS_ALLOC && size + META < THRESHOLD) {
		i = index_of(b);
		if (size > b->size && i == nr_blocks - 1) {
			sbrk(size - b->size);
			b->size = size;
			return ptr;
		}
		while (b->size < size && i + 1 < nr_blocks &&
		       blocks[i + 1]->status == STATUS_FREE)
			unite(i);
		if (b->size >= size) {
			split(i, size);
			return ptr;
		}
	}

	p = os_malloc(size);
	min = b->size < size ? b->size : size;
	memcpy(p, ptr, min);
	os_free(ptr);
	return p;
}
