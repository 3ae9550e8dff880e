/*
 * In this allocator `size` is the size of the whole chunk, header included.
 * That makes "where does the next chunk start" a single addition.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "osmem.h"
#include "block_meta.h"

typedef struct block_meta chunk_t;

enum { HEAD = sizeof(chunk_t), UNIT = 8, MMAP_LIMIT = 128 * 1024 };
enum { MIN_CHUNK = HEAD + UNIT };

static struct {
	chunk_t *first;
	chunk_t *last;
} heap;

static inline size_t chunk_size(size_t n)
{
	return HEAD + ((n + UNIT - 1) & -(size_t)UNIT);
}

static inline char *chunk_end(const chunk_t *c)
{
	return (char *)c + c->size;
}

static inline chunk_t *chunk_of(void *ptr)
{
	return (chunk_t *)((char *)ptr - HEAD);
}

static inline size_t room(const chunk_t *c)
{
	return c->size - HEAD;
}

/* The neighbour to the right, if nothing lies between the two. */
static chunk_t *right_of(const chunk_t *c)
{
	return c->next && (char *)c->next == chunk_end(c) ? c->next : NULL;
}

static bool is_free(const chunk_t *c)
{
	return c && c->status == STATUS_FREE;
}

/* True when the break is exactly behind the last chunk. */
static bool at_break(const chunk_t *c)
{
	return c == heap.last && sbrk(0) == chunk_end(c);
}

static void eat_right(chunk_t *c)
{
	chunk_t *victim = c->next;

	c->size += victim->size;
	c->next = victim->next;
	if (c->next)
		c->next->prev = c;
	else
		heap.last = c;
}

static void trim(chunk_t *c, size_t want)
{
	chunk_t *rest;

	if (c->size - want < MIN_CHUNK)
		return;
	rest = (chunk_t *)((char *)c + want);
	rest->size = c->size - want;
	rest->status = STATUS_FREE;
	rest->prev = c;
	rest->next = c->next;
	if (rest->next)
		rest->next->prev = rest;
	else
		heap.last = rest;
	c->next = rest;
	c->size = want;
}

/* A new chunk at the break. Moves past an odd break first. */
static chunk_t *append(size_t want, int status)
{
	size_t pad = -(uintptr_t)sbrk(0) % UNIT;
	char *old = sbrk(pad + want);
	chunk_t *c;

	if (old == (void *)-1)
		return NULL;
	c = (chunk_t *)(old + pad);
	c->size = want;
	c->status = status;
	c->prev = heap.last;
	c->next = NULL;
	if (heap.last)
		heap.last->next = c;
	else
		heap.first = c;
	heap.last = c;
	return c;
}

static bool stretch(chunk_t *c, size_t want)
{
	if (sbrk(want - c->size) == (void *)-1)
		return false;
	c->size = want;
	return true;
}

static chunk_t *from_heap(size_t want)
{
	chunk_t *best = NULL;

	if (!heap.first && !append(MMAP_LIMIT, STATUS_FREE))
		return NULL;

	for (chunk_t *c = heap.first; c; c = c->next) {
		while (is_free(c) && is_free(right_of(c)))
			eat_right(c);
		if (is_free(c) && c->size >= want && (!best || c->size < best->size))
			best = c;
	}

	if (best) {
		trim(best, want);
	} else if (is_free(heap.last) && at_break(heap.last)) {
		if (!stretch(heap.last, want))
			return NULL;
		best = heap.last;
	} else {
		best = append(want, STATUS_ALLOC);
	}
	if (best)
		best->status = STATUS_ALLOC;
	return best;
}

static chunk_t *from_mmap(size_t want)
{
	chunk_t *c = mmap(NULL, want, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (c == MAP_FAILED)
		return NULL;
	*c = (chunk_t){ .size = want, .status = STATUS_MAPPED };
	return c;
}

static void *take(size_t n, size_t limit)
{
	chunk_t *c;

	if (n == 0 || n > PTRDIFF_MAX)
		return NULL;
	c = n + HEAD < limit ? from_heap(chunk_size(n)) : from_mmap(chunk_size(n));
	return c ? (char *)c + HEAD : NULL;
}

void *os_malloc(size_t size)
{
	return take(size, MMAP_LIMIT);
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t n;
	void *ptr;

	if (__builtin_mul_overflow(nmemb, size, &n))
		return NULL;
	ptr = take(n, getpagesize());
	return ptr ? memset(ptr, 0, n) : NULL;
}

void os_free(void *ptr)
{
	chunk_t *c = chunk_of(ptr);

	if (!ptr)
		return;
	if (c->status == STATUS_MAPPED)
		DIE(munmap(c, c->size) == -1, "munmap");
	else
		c->status = STATUS_FREE;
}

static void *relocate(chunk_t *c, size_t n)
{
	void *old = (char *)c + HEAD;
	void *new = take(n, MMAP_LIMIT);

	if (new) {
		memcpy(new, old, n < room(c) ? n : room(c));
		os_free(old);
	}
	return new;
}

void *os_realloc(void *ptr, size_t size)
{
	chunk_t *c;
	size_t want;

	if (!ptr)
		return os_malloc(size);
	if (!size) {
		os_free(ptr);
		return NULL;
	}
	c = chunk_of(ptr);
	if (is_free(c) || size > PTRDIFF_MAX)
		return NULL;
	if (c->status == STATUS_MAPPED || size + HEAD >= MMAP_LIMIT)
		return relocate(c, size);

	want = chunk_size(size);
	if (c->size < want && at_break(c))
		return stretch(c, want) ? ptr : NULL;
	while (c->size < want && is_free(right_of(c)))
		eat_right(c);
	if (c->size < want)
		return relocate(c, size);
	trim(c, want);
	return ptr;
}
