#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "osmem.h"
#include "meta.h"

#define HEADER   sizeof(Meta)
#define PAGESIZE ((size_t) getpagesize())
#define KB128    ((size_t) 128 << 10)

Meta *heapStart;

static void fatal(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static size_t alignUp(size_t n)
{
	return n % 8 ? n + 8 - n % 8 : n;
}

static Meta *growHeap(size_t bytes)
{
	Meta *m = sbrk(bytes);

	if (m == (Meta *) -1)
		fatal("sbrk");
	m->size = bytes - HEADER;
	m->next = NULL;
	return m;
}

static Meta *mapBlock(size_t size)
{
	Meta *m = mmap(0, HEADER + size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (m == MAP_FAILED)
		fatal("mmap");
	m->size = size;
	m->status = STATUS_MAPPED;
	m->next = NULL;
	return m;
}

static void mergeWithNext(Meta *m)
{
	m->size += HEADER + m->next->size;
	m->next = m->next->next;
}

static void coalesce(void)
{
	Meta *m;

	for (m = heapStart; m; m = m->next)
		if (m->status == STATUS_FREE)
			while (m->next && m->next->status == STATUS_FREE)
				mergeWithNext(m);
}

static Meta *findBest(size_t size)
{
	Meta *m, *best = NULL;

	for (m = heapStart; m; m = m->next)
		if (m->status == STATUS_FREE && m->size >= size)
			if (best == NULL || best->size > m->size)
				best = m;
	return best;
}

static Meta *heapBlock(size_t size)
{
	Meta *m, *rest;

	if (heapStart == NULL) {
		heapStart = growHeap(KB128);
		heapStart->status = STATUS_FREE;
	}

	coalesce();
	m = findBest(size);
	if (m == NULL) {
		/* no place, put a new one at the end */
		Meta *last = heapStart;

		while (last->next)
			last = last->next;
		m = growHeap(HEADER + size);
		last->next = m;
	} else if (m->size - size >= HEADER + 8) {
		rest = (Meta *) ((char *) m + HEADER + size);
		rest->size = m->size - size - HEADER;
		rest->status = STATUS_FREE;
		rest->next = m->next;
		m->next = rest;
		m->size = size;
	}
	m->status = STATUS_ALLOC;
	return m;
}

void *os_malloc(size_t size)
{
	if (size == 0)
		return NULL;
	size = alignUp(size);
	if (size + HEADER >= KB128)
		return mapBlock(size) + 1;
	return heapBlock(size) + 1;
}

void os_free(void *ptr)
{
	Meta *m = (Meta *) ptr - 1;

	if (ptr == NULL)
		return;
	if (m->status != STATUS_MAPPED)
		m->status = STATUS_FREE;
	else if (munmap(m, HEADER + m->size) == -1)
		fatal("munmap");
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t n;
	Meta *m;

	if (nmemb == 0 || size == 0)
		return NULL;
	if (nmemb > (size_t) -1 / size)
		return NULL;
	n = alignUp(nmemb * size);
	m = n + HEADER >= PAGESIZE ? mapBlock(n) : heapBlock(n);
	return memset(m + 1, 0, n);
}

void *os_realloc(void *ptr, size_t size)
{
	Meta *m, *rest;
	void *p;

	if (ptr == NULL)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}
	m = (Meta *) ptr - 1;
	if (m->status == STATUS_FREE)
		return NULL;
	size = alignUp(size);

	if (m->status == STATUS_ALLOC && size + HEADER < KB128) {
		/* it is big enough already */
		if (m->size >= size)
			return ptr;

		if (m->next == NULL) {
			if (sbrk(size - m->size) == (void *) -1)
				fatal("sbrk");
			m->size = size;
			return ptr;
		}

		while (m->next && m->next->status == STATUS_FREE && m->size < size)
			mergeWithNext(m);

		if (m->size >= size) {
			if (m->size - size >= HEADER + 8) {
				rest = (Meta *) ((char *) ptr + size);
				rest->size = m->size - size - HEADER;
				rest->status = STATUS_FREE;
				rest->next = m->next;
				m->next = rest;
				m->size = size;
			}
			return ptr;
		}
	}

	p = os_malloc(size);
	memcpy(p, ptr, m->size < size ? m->size : size);
	os_free(ptr);
	return p;
}
