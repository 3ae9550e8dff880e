/*
 * The list is circular and has a dummy node, so I do not need any "if NULL".
 * dummy.next is the first block of the heap and dummy.prev is the last one.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "osmem.h"
#include "block_meta.h"

#define PREALLOC (128 * 1024)
#define MMAP_FROM (128 * 1024)

#define foreach(b) for (b = dummy.next; b != &dummy; b = b->next)

typedef struct block_meta node;

/* never free, so it is never merged with anybody */
static node dummy = { 0, STATUS_MAPPED, &dummy, &dummy };

static inline size_t up8(size_t n)
{
	return (n + 7) >> 3 << 3;
}

static inline int empty(void)
{
	return dummy.next == &dummy;
}

static void link_after(node *where, node *n)
{
	n->prev = where;
	n->next = where->next;
	where->next->prev = n;
	where->next = n;
}

static void unlink_node(node *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
}

/* merges b with ALL the free blocks that follow */
static void swallow(node *b)
{
	while (b->next->status == STATUS_FREE) {
		b->size += META + b->next->size;
		unlink_node(b->next);
	}
}

static void shrink(node *b, size_t size)
{
	node *rest;

	if (b->size < size + META + 8)
		return;
	rest = (node *)((char *)(b + 1) + size);
	rest->size = b->size - size - META;
	rest->status = STATUS_FREE;
	b->size = size;
	link_after(b, rest);
}

static void *system_memory(size_t bytes)
{
	void *p = sbrk(bytes);

	DIE(p == (void *)-1, "sbrk");
	return p;
}

static void *heap_get(size_t size)
{
	node *b, *best = &dummy;

	if (empty()) {
		b = system_memory(PREALLOC);
		b->size = PREALLOC - META;
		b->status = STATUS_FREE;
		link_after(&dummy, b);
	}

	foreach(b)
		if (b->status == STATUS_FREE)
			swallow(b);

	foreach(b) {
		if (b->status != STATUS_FREE || b->size < size)
			continue;
		if (best == &dummy || b->size < best->size)
			best = b;
	}

	if (best == &dummy && dummy.prev->status == STATUS_FREE) {
		best = dummy.prev;
		system_memory(size - best->size);
		best->size = size;
	} else if (best == &dummy) {
		best = system_memory(META + size);
		best->size = size;
		link_after(dummy.prev, best);
	}

	shrink(best, size);
	best->status = STATUS_ALLOC;
	return best + 1;
}

static void *mapped_get(size_t size)
{
	node *b = mmap(NULL, META + size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	DIE(b == MAP_FAILED, "mmap");
	b->size = size;
	b->status = STATUS_MAPPED;
	b->prev = b->next = b;
	return b + 1;
}

void *os_malloc(size_t size)
{
	if (size == 0)
		return NULL;
	/* no need to align for the comparison */
	if (size + META >= MMAP_FROM)
		return mapped_get(up8(size));
	return heap_get(up8(size));
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t n = nmemb * size;
	void *p;

	if (nmemb == 0 || size == 0)
		return NULL;
	if (n + META >= (size_t)getpagesize())
		p = mapped_get(up8(n));
	else
		p = heap_get(up8(n));
	memset(p, 0, n);
	return p;
}

void os_free(void *ptr)
{
	node *b;

	if (ptr == NULL)
		return;
	b = (node *)ptr - 1;
	if (b->status == STATUS_MAPPED)
		DIE(munmap(b, META + b->size) < 0, "munmap");
	else
		b->status = STATUS_FREE;
}

static void *realloc_elsewhere(node *b, size_t size)
{
	void *p = os_malloc(size);

	memcpy(p, b + 1, size < b->size ? size : b->size);
	os_free(b + 1);
	return p;
}

static void *realloc_heap(node *b, size_t size)
{
	size_t want = up8(size);

	if (size + META >= MMAP_FROM)
		return realloc_elsewhere(b, size);

	if (want > b->size)
		swallow(b);
	if (want > b->size)
		return realloc_elsewhere(b, size);
	shrink(b, want);
	return b + 1;
}

void *os_realloc(void *ptr, size_t size)
{
	node *b = (node *)ptr - 1;

	if (ptr == NULL)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}
	if (b->status == STATUS_MAPPED)
		return realloc_elsewhere(b, size);
	return realloc_heap(b, size);
}
