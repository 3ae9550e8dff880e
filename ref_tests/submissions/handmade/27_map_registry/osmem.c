#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include "osmem.h"
#include "block_meta.h"

#define T 131072
#define UP(x) (((x) + 7UL) & ~7UL)

/* two lists: the blocks of the heap, and the mappings */
static struct block_meta *heap_list;
static struct block_meta *heap_tail;
static struct block_meta *map_list;

static void fill(struct block_meta *b, size_t size, int status)
{
	b->size = size;
	b->status = status;
}

/* puts b behind pos in the heap list (pos == NULL: b is the first) */
static void link_heap(struct block_meta *pos, struct block_meta *b)
{
	b->prev = pos;
	if (pos == NULL) {
		b->next = NULL;
		heap_list = b;
	} else {
		b->next = pos->next;
		pos->next = b;
	}
	if (b->next != NULL)
		b->next->prev = b;
	else
		heap_tail = b;
}

static void unlink_heap(struct block_meta *b)
{
	b->prev->next = b->next;
	if (b->next != NULL)
		b->next->prev = b->prev;
	else
		heap_tail = b->prev;
}

static void *grow(size_t n)
{
	void *p = sbrk(n);

	DIE(p == (void *)-1, "sbrk");
	return p;
}

static void *new_mapping(size_t size)
{
	size_t length = META + UP(size);
	struct block_meta *b;

	b = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
	DIE(b == MAP_FAILED, "mmap");
	/* the length is what munmap will need */
	fill(b, length, STATUS_MAPPED);
	b->prev = NULL;
	b->next = map_list;
	if (map_list != NULL)
		map_list->prev = b;
	map_list = b;
	return b + 1;
}

static void delete_mapping(struct block_meta *b)
{
	if (b->prev != NULL)
		b->prev->next = b->next;
	else
		map_list = b->next;
	if (b->next != NULL)
		b->next->prev = b->prev;
	DIE(munmap(b, b->size) == -1, "munmap");
}

static void split(struct block_meta *b, size_t size)
{
	struct block_meta *r;

	if (b->size < size + META + 8)
		return;
	r = (struct block_meta *)((char *)(b + 1) + size);
	fill(r, b->size - size - META, STATUS_FREE);
	link_heap(b, r);
	b->size = size;
}

static void *new_heap_block(size_t size)
{
	struct block_meta *b, *best = NULL;

	if (heap_list == NULL) {
		b = grow(T);
		fill(b, T - META, STATUS_FREE);
		link_heap(NULL, b);
	}
	for (b = heap_list; b != NULL; b = b->next) {
		if (b->status != STATUS_FREE)
			continue;
		while (b->next != NULL && b->next->status == STATUS_FREE) {
			b->size += META + b->next->size;
			unlink_heap(b->next);
		}
		if (b->size >= size && (best == NULL || best->size > b->size))
			best = b;
	}
	if (best != NULL) {
		split(best, size);
	} else if (heap_tail->status == STATUS_FREE) {
		best = heap_tail;
		grow(size - best->size);
		best->size = size;
	} else {
		best = grow(META + size);
		fill(best, size, STATUS_ALLOC);
		link_heap(heap_tail, best);
	}
	best->status = STATUS_ALLOC;
	return best + 1;
}

void *os_malloc(size_t size)
{
	if (size == 0)
		return NULL;
	return META + UP(size) < T ? new_heap_block(UP(size)) : new_mapping(size);
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t n = nmemb * size;
	size_t page = getpagesize();
	void *p;

	if (n == 0)
		return NULL;
	p = META + UP(n) < page ? new_heap_block(UP(n)) : new_mapping(n);
	return memset(p, 0, n);
}

void os_free(void *ptr)
{
	struct block_meta *b = (struct block_meta *)ptr - 1;

	if (ptr == NULL)
		return;
	if (b->status == STATUS_MAPPED)
		delete_mapping(b);
	else
		b->status = STATUS_FREE;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *b = (struct block_meta *)ptr - 1;
	size_t old, n = UP(size);
	void *p;

	if (ptr == NULL)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}
	if (b->status == STATUS_FREE)
		return NULL;

	if (b->status == STATUS_MAPPED) {
		p = os_malloc(size);
		memcpy(p, ptr, size < b->size ? size : b->size);
		os_free(ptr);
		return p;
	}

	if (META + n < T) {
		if (n > b->size && b == heap_tail) {
			grow(n - b->size);
			b->size = n;
			return ptr;
		}
		while (n > b->size && b->next != NULL && b->next->status == STATUS_FREE) {
			b->size += META + b->next->size;
			unlink_heap(b->next);
		}
		if (n <= b->size) {
			split(b, n);
			return ptr;
		}
	}

	/* give the old place back, so it can be used together with its neighbours */
	old = b->size;
	os_free(ptr);
	p = os_malloc(size);
	memmove(p, ptr, size < old ? size : old);
	return p;
}
