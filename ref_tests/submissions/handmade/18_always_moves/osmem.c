/* SPDX-License-Identifier: BSD-3-Clause */

#include <sys/mman.h>
#include <unistd.h>
#include <string.h>

#include "osmem.h"
#include "block_meta.h"

/*
 * I wrote the functions on the list recursively, like at the functional
 * programming course. A list is its first block.
 */
typedef struct block_meta *list;

static list heap = NULL;

static size_t rounded(size_t n)
{
	return n + (8 - n % 8) % 8;
}

static int is_free(list l)
{
	return l != NULL && l->status == STATUS_FREE;
}

static list make(void *at, size_t size, int status, list prev, list next)
{
	list l = at;

	l->size = size;
	l->status = status;
	l->prev = prev;
	l->next = next;
	if (next != NULL)
		next->prev = l;
	return l;
}

static list last(list l)
{
	return l->next == NULL ? l : last(l->next);
}

/* best of the list, or the one that we have until now */
static list best(list l, size_t size, list until_now)
{
	if (l == NULL)
		return until_now;
	if (is_free(l) && l->size >= size &&
	    (until_now == NULL || l->size < until_now->size))
		until_now = l;
	return best(l->next, size, until_now);
}

static void coalesce(list l)
{
	if (l == NULL || l->next == NULL)
		return;
	if (is_free(l) && is_free(l->next)) {
		make(l, l->size + META + l->next->size, STATUS_FREE, l->prev,
		     l->next->next);
		coalesce(l);
	} else {
		coalesce(l->next);
	}
}

static void *more(size_t bytes)
{
	void *p = sbrk(bytes);

	DIE(p == (void *)-1, "sbrk");
	return p;
}

static list use(list l, size_t size)
{
	if (l->size >= size + META + 8) {
		l->next = make((char *)(l + 1) + size, l->size - size - META,
			       STATUS_FREE, l, l->next);
		l->size = size;
	}
	l->status = STATUS_ALLOC;
	return l;
}

static list grow(list end, size_t size)
{
	if (is_free(end)) {
		more(size - end->size);
		end->size = size;
		return use(end, size);
	}
	end->next = make(more(size + META), size, STATUS_ALLOC, end, NULL);
	return end->next;
}

static list get_from_heap(size_t size)
{
	list found;

	if (heap == NULL)
		heap = make(more(128 * 1024), 128 * 1024 - META, STATUS_FREE,
			    NULL, NULL);
	coalesce(heap);
	found = best(heap, size, NULL);
	return found != NULL ? use(found, size) : grow(last(heap), size);
}

static list get_from_mmap(size_t size)
{
	void *p = mmap(NULL, size + META, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	DIE(p == MAP_FAILED, "mmap");
	return make(p, size, STATUS_MAPPED, NULL, NULL);
}

static void *get(size_t size, size_t threshold)
{
	if (size == 0)
		return NULL;
	size = rounded(size);
	if (size + META >= threshold)
		return get_from_mmap(size) + 1;
	return get_from_heap(size) + 1;
}

void *os_malloc(size_t size)
{
	return get(size, 128 * 1024);
}

void *os_calloc(size_t nmemb, size_t size)
{
	void *p = get(nmemb * size, getpagesize());

	if (p != NULL)
		memset(p, 0, nmemb * size);
	return p;
}

void os_free(void *ptr)
{
	list l = (list)ptr - 1;

	if (ptr == NULL)
		return;
	if (l->status == STATUS_MAPPED)
		DIE(munmap(l, l->size + META) < 0, "munmap");
	else
		l->status = STATUS_FREE;
}

void *os_realloc(void *ptr, size_t size)
{
	list l = (list)ptr - 1;
	void *p;

	if (ptr == NULL)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}
	if (is_free(l))
		return NULL;
	if (l->status == STATUS_ALLOC && rounded(size) == l->size)
		return ptr;

	p = os_malloc(size);
	memcpy(p, ptr, l->size < size ? l->size : size);
	os_free(ptr);
	return p;
}
