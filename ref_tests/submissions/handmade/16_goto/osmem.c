// SPDX-License-Identifier: BSD-3-Clause

#include "osmem.h"
#include "block_meta.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAD(n)		(((n) + 7) & ~7ULL)
#define HEADER		sizeof(struct block_meta)
#define THRESHOLD	(128 * 1024ULL)
#define FAILED		((void *)-1)

static struct block_meta *head;

static void *do_alloc(size_t size, size_t threshold)
{
	struct block_meta *it, *rest, *block = NULL;
	size_t asked = size;

	if (asked == 0)
		return NULL;
	size = PAD(size);
	if (size < asked)
		goto fail;
	if (size + HEADER >= threshold)
		goto map;

	if (head)
		goto coalesce;
	head = sbrk(THRESHOLD);
	if (head == FAILED) {
		head = NULL;
		goto fail;
	}
	head->size = THRESHOLD - HEADER;
	head->status = STATUS_FREE;
	head->prev = NULL;
	head->next = NULL;

coalesce:
	it = head;
again:
	if (!it->next)
		goto search;
	if (it->status == STATUS_FREE && it->next->status == STATUS_FREE) {
		it->size += HEADER + it->next->size;
		it->next = it->next->next;
		if (it->next)
			it->next->prev = it;
		goto again;
	}
	it = it->next;
	goto again;

search:
	for (it = head; it; it = it->next) {
		if (it->status != STATUS_FREE || it->size < size)
			continue;
		if (!block || it->size < block->size)
			block = it;
	}
	if (!block)
		goto grow;
	if (block->size - size < HEADER + 8)
		goto done;
	rest = (struct block_meta *)((char *)block + HEADER + size);
	rest->size = block->size - size - HEADER;
	rest->status = STATUS_FREE;
	rest->prev = block;
	rest->next = block->next;
	if (rest->next)
		rest->next->prev = rest;
	block->next = rest;
	block->size = size;
	goto done;

grow:
	for (it = head; it->next; it = it->next)
		;
	if (it->status == STATUS_FREE) {
		if (sbrk(size - it->size) == FAILED)
			goto fail;
		block = it;
		block->size = size;
		goto done;
	}
	block = sbrk(HEADER + size);
	if (block == FAILED)
		goto fail;
	block->size = size;
	block->prev = it;
	block->next = NULL;
	it->next = block;

done:
	block->status = STATUS_ALLOC;
	return block + 1;

map:
	block = mmap(NULL, HEADER + size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED)
		goto fail;
	block->size = size;
	block->status = STATUS_MAPPED;
	block->prev = NULL;
	block->next = NULL;
	return block + 1;

fail:
	return NULL;
}

void *os_malloc(size_t size)
{
	return do_alloc(size, THRESHOLD);
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t bytes = nmemb * size;
	void *ptr = do_alloc(bytes, getpagesize());

	return ptr ? memset(ptr, 0, bytes) : NULL;
}

void os_free(void *ptr)
{
	struct block_meta *block = (struct block_meta *)ptr - 1;

	if (!ptr)
		return;
	if (block->status == STATUS_MAPPED)
		DIE(munmap(block, HEADER + block->size) != 0, "munmap");
	else
		block->status = STATUS_FREE;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *block, *rest;
	size_t need = PAD(size);
	void *copy;

	if (!ptr)
		return os_malloc(size);
	/* nothing to give */
	if (!size || need < size)
		return NULL;

	block = (struct block_meta *)ptr - 1;
	if (block->status == STATUS_FREE)
		return NULL;
	if (block->status == STATUS_MAPPED)
		goto move;

	/* enough already */
	if (need <= block->size)
		return ptr;

	/* try to take what is behind us */
	while (block->next && block->next->status == STATUS_FREE) {
		block->size += HEADER + block->next->size;
		block->next = block->next->next;
		if (block->next)
			block->next->prev = block;
		if (block->size >= need)
			goto cut;
	}

	if (block->next || HEADER + need >= THRESHOLD)
		goto move;
	/* we are the last, so the heap can grow under us */
	if (sbrk(need - block->size) == FAILED)
		return NULL;
	block->size = need;
	return ptr;

cut:
	if (block->size - need >= HEADER + 8) {
		rest = (struct block_meta *)((char *)ptr + need);
		rest->size = block->size - need - HEADER;
		rest->status = STATUS_FREE;
		rest->prev = block;
		rest->next = block->next;
		if (rest->next)
			rest->next->prev = rest;
		block->next = rest;
		block->size = need;
	}
	return ptr;

move:
	copy = os_malloc(size);
	if (!copy)
		return NULL;
	memcpy(copy, ptr, block->size < size ? block->size : size);
	os_free(ptr);
	return copy;
}
