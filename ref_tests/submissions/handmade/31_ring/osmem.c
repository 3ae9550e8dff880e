#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include "osmem.h"
#include "ring.h"

#define KIB 1024
#define INITIAL_HEAP (128 * KIB)
#define MAP_LIMIT (128 * KIB)
#define HDR_SIZE sizeof(struct block_meta)

struct block_meta ring = {
	.size = 0, .status = STATUS_ALLOC, .prev = &ring, .next = &ring,
};

static size_t pad8(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static int is_free(struct block_meta *b)
{
	return b->status == STATUS_FREE;
}

static void merge_with_next(struct block_meta *b)
{
	struct block_meta *n = b->next;

	b->size += HDR_SIZE + n->size;
	ring_del(n);
}

/* one walk over the ring that merges free neighbours */
static void ring_merge(void)
{
	ring_for_each(b)
		if (is_free(b) && is_free(b->next))
			merge_with_next(b);
}

static void ring_split(struct block_meta *b, size_t size)
{
	struct block_meta *rest;

	if (b->size >= size + HDR_SIZE + 8) {
		rest = (struct block_meta *)((char *)(b + 1) + size);
		rest->size = b->size - size - HDR_SIZE;
		rest->status = STATUS_FREE;
		ring_add_after(b, rest);
		b->size = size;
	}
}

static struct block_meta *ring_find(size_t size)
{
	ring_for_each(b)
		if (is_free(b) && b->size >= size)
			return b;
	return NULL;
}

/* new block at the break, linked at the end of the ring */
static struct block_meta *ring_grow(size_t size)
{
	struct block_meta *b = sbrk(HDR_SIZE + size);

	DIE(b == (struct block_meta *)-1, "sbrk");
	b->size = size;
	b->status = STATUS_FREE;
	ring_add_after(ring.prev, b);
	return b;
}

static void last_grow(size_t size)
{
	struct block_meta *last = ring.prev;

	DIE(sbrk(size - last->size) == (void *)-1, "sbrk");
	last->size = size;
}

static void *heap_get(size_t size)
{
	struct block_meta *b;

	if (ring_empty())
		ring_grow(INITIAL_HEAP - HDR_SIZE);
	ring_merge();

	b = ring_find(size);
	if (b == NULL) {
		if (is_free(ring.prev)) {
			last_grow(size);
			b = ring.prev;
		} else {
			b = ring_grow(size);
		}
	}
	ring_split(b, size);
	b->status = STATUS_ALLOC;
	return b + 1;
}

static void *map_get(size_t size)
{
	struct block_meta *b = mmap(NULL, HDR_SIZE + size, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	DIE(b == MAP_FAILED, "mmap");
	b->size = size;
	b->status = STATUS_MAPPED;
	b->prev = b->next = b;	/* a ring of its own */
	return b + 1;
}

void *os_malloc(size_t size)
{
	if (size == 0)
		return NULL;
	size = pad8(size);
	return size + HDR_SIZE < MAP_LIMIT ? heap_get(size) : map_get(size);
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t total = nmemb * size;
	void *p;

	if (nmemb == 0 || size == 0)
		return NULL;
	if (total < (size_t)getpagesize())
		p = heap_get(pad8(total));
	else
		p = map_get(pad8(total));
	memset(p, 0, total);
	return p;
}

void os_free(void *ptr)
{
	struct block_meta *b;

	if (ptr == NULL)
		return;
	b = (struct block_meta *)ptr - 1;
	if (b->status == STATUS_MAPPED)
		DIE(munmap(b, HDR_SIZE + b->size) < 0, "munmap");
	else
		b->status = STATUS_FREE;
}

static void *move(struct block_meta *b, size_t size)
{
	void *p = os_malloc(size);

	memcpy(p, b + 1, b->size < size ? b->size : size);
	os_free(b + 1);
	return p;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *b = (struct block_meta *)ptr - 1;
	size_t want = pad8(size);

	if (ptr == NULL)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}
	if (is_free(b))
		return NULL;
	if (b->status == STATUS_MAPPED || want + HDR_SIZE >= MAP_LIMIT)
		return move(b, size);
	if (b->size < want && b->next == &ring)
		last_grow(want);
	while (b->size < want && is_free(b->next))
		merge_with_next(b);
	if (b->size < want)
		return move(b, size);
	ring_split(b, want);
	return ptr;
}
