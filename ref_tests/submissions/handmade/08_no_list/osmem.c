// SPDX-License-Identifier: BSD-3-Clause
/*
 * No list here. All the blocks are one after another, so the address of the
 * next one can be computed from the size.
 */
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "osmem.h"
#include "block_meta.h"

#define MMAP_THRESHOLD (128 * 1024)

typedef struct block_meta hdr;

static char *heap_start;
static char *heap_end;

static hdr *after(hdr *h)
{
	return (hdr *)((char *)h + META + h->size);
}

static bool in_heap(hdr *h)
{
	return (char *)h < heap_end;
}

static void *more_memory(size_t bytes)
{
	void *p = sbrk(bytes);

	if (p == NULL)
		return NULL;
	heap_end = (char *)p + bytes;
	return p;
}

static bool init_heap(void)
{
	hdr *h = more_memory(MMAP_THRESHOLD);

	if (!h)
		return false;
	heap_start = (char *)h;
	h->size = MMAP_THRESHOLD - META;
	h->status = STATUS_FREE;
	return true;
}

static void split(hdr *h, size_t size)
{
	size_t old = h->size;

	if (old - size < META + 8)
		return;
	h->size = size;
	after(h)->status = STATUS_FREE;
	after(h)->size = old - size - META;
}

static void *take(size_t size)
{
	hdr *h, *best = NULL, *last = NULL;

	if (!heap_start && !init_heap())
		return NULL;

	for (h = (hdr *)heap_start; in_heap(h); h = after(h)) {
		last = h;
		if (h->status == STATUS_FREE && h->size >= size)
			if (!best || h->size < best->size)
				best = h;
	}

	if (best) {
		split(best, size);
	} else if (last->status == STATUS_FREE) {
		if (!more_memory(size - last->size))
			return NULL;
		last->size = size;
		best = last;
	} else {
		best = more_memory(META + size);
		if (!best)
			return NULL;
		best->size = size;
	}
	best->status = STATUS_ALLOC;
	return best + 1;
}

void *os_malloc(size_t size)
{
	hdr *h;

	if (size == 0)
		return NULL;
	if (size % 8)
		size += 8 - size % 8;
	if (size + META < MMAP_THRESHOLD)
		return take(size);

	h = mmap(NULL, size + META, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (h == MAP_FAILED)
		return NULL;
	h->size = size;
	h->status = STATUS_MAPPED;
	return h + 1;
}

void *os_calloc(size_t nmemb, size_t size)
{
	void *p;

	if (size && nmemb > (size_t)-1 / size)
		return NULL;
	p = os_malloc(nmemb * size);
	if (p)
		memset(p, 0, nmemb * size);
	return p;
}

void os_free(void *ptr)
{
	hdr *h;

	if (!ptr)
		return;
	h = (hdr *)ptr - 1;
	if (h->status == STATUS_MAPPED) {
		if (munmap(h, h->size + META) != 0)
			perror("munmap");
		return;
	}
	h->status = STATUS_FREE;
	/* coalesce with what is behind */
	while (in_heap(after(h)) && after(h)->status == STATUS_FREE)
		h->size += META + after(h)->size;
}

static void *relocate(hdr *h, size_t size)
{
	void *p = os_malloc(size);

	if (!p)
		return NULL;
	memcpy(p, h + 1, h->size < size ? h->size : size);
	os_free(h + 1);
	return p;
}

void *os_realloc(void *ptr, size_t size)
{
	hdr *h;

	if (!ptr)
		return os_malloc(size);
	if (!size) {
		os_free(ptr);
		return NULL;
	}
	h = (hdr *)ptr - 1;
	if (h->status == STATUS_FREE)
		return NULL;

	if (size % 8)
		size += 8 - size % 8;
	if (h->status == STATUS_MAPPED || size + META >= MMAP_THRESHOLD)
		return relocate(h, size);

	if (h->size < size && !in_heap(after(h))) {
		if (!more_memory(size - h->size))
			return NULL;
		h->size = size;
		return ptr;
	}
	while (h->size < size && in_heap(after(h)) &&
	       after(h)->status == STATUS_FREE)
		h->size += META + after(h)->size;
	if (h->size < size)
		return relocate(h, size);
	split(h, size);
	return ptr;
}
