#include "osmem.h"
#include "block_meta.h"
#include <sys/mman.h>
#include <unistd.h>
#include <string.h>

#define ALN(x) (((x) + 7) & ~(size_t)7)
#define NEXT(b) ((struct block_meta *)((char *)(b) + 32 + ALN((b)->size)))

static struct block_meta *heap;
static size_t limit = 128 * 1024; // os_calloc changes it for a moment

void *os_malloc(size_t size)
{
	struct block_meta *b, *n, *best, *last;
	size_t room;

	if (size == 0)
		return NULL;

	// big one
	if (ALN(size) + 32 >= limit) {
		b = mmap(NULL, ALN(size) + 32, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		DIE(b == MAP_FAILED, "mmap");
		b->size = size;
		b->status = STATUS_MAPPED;
		b->next = b->prev = NULL;
		return b + 1;
	}

	// first time
	if (heap == NULL) {
		heap = sbrk(128 * 1024);
		DIE(heap == (void *)-1, "sbrk");
		heap->size = 128 * 1024 - 32;
		heap->status = STATUS_FREE;
		heap->next = heap->prev = NULL;
	}

	// merge
	for (b = heap; b; b = b->next) {
		while (b->status == STATUS_FREE && b->next && b->next->status == STATUS_FREE) {
			n = b->next;
			b->size = ALN(b->size) + 32 + ALN(n->size);
			b->next = n->next;
			if (b->next)
				b->next->prev = b;
		}
	}

	// best
	best = NULL;
	last = NULL;
	for (b = heap; b; b = b->next) {
		last = b;
		if (b->status == STATUS_FREE && b->size >= size)
			if (best == NULL || best->size > b->size)
				best = b;
	}
	if (best)
		goto found;

	// nothing good
	if (last->status == STATUS_FREE) {
		DIE(sbrk(ALN(size) - ALN(last->size)) == (void *)-1, "sbrk");
		last->size = size;
		last->status = STATUS_ALLOC;
		return last + 1;
	}
	b = sbrk(ALN(size) + 32);
	DIE(b == (void *)-1, "sbrk");
	b->size = size;
	b->status = STATUS_ALLOC;
	b->prev = last;
	b->next = NULL;
	last->next = b;
	return b + 1;

found:
	room = ALN(best->size);
	if (room - ALN(size) >= 40) {
		best->size = size;
		n = NEXT(best);
		n->size = room - ALN(size) - 32;
		n->status = STATUS_FREE;
		n->prev = best;
		n->next = best->next;
		if (n->next)
			n->next->prev = n;
		best->next = n;
	}
	best->status = STATUS_ALLOC;
	return best + 1;
}

void os_free(void *ptr)
{
	struct block_meta *b;

	if (ptr == NULL)
		return;
	b = (struct block_meta *)ptr - 1;
	if (b->status == STATUS_MAPPED) {
		DIE(munmap(b, ALN(b->size) + 32) == -1, "munmap");
	} else {
		b->status = STATUS_FREE;
	}
}

void *os_calloc(size_t nmemb, size_t size)
{
	void *p;

	limit = getpagesize();
	p = os_malloc(nmemb * size);
	limit = 128 * 1024;
	if (p)
		memset(p, 0, nmemb * size);
	return p;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *b, *n;
	size_t room;
	void *p;

	if (ptr == NULL)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}
	b = (struct block_meta *)ptr - 1;
	if (b->status == STATUS_FREE)
		return NULL;

	// mapped
	if (b->status == STATUS_MAPPED) {
		if (size <= b->size) {
			b->size = size;
			return ptr;
		}
		p = os_malloc(size);
		memcpy(p, ptr, b->size);
		os_free(ptr);
		return p;
	}

	// heap -> mapped
	if (ALN(size) + 32 >= limit) {
		p = os_malloc(size);
		memcpy(p, ptr, b->size);
		os_free(ptr);
		return p;
	}

	// it fits already
	if (size <= b->size)
		return ptr;

	// last
	if (b->next == NULL) {
		DIE(sbrk(ALN(size) - ALN(b->size)) == (void *)-1, "sbrk");
		b->size = size;
		return ptr;
	}

	// eat the neighbours
	while (b->size < size && b->next && b->next->status == STATUS_FREE) {
		n = b->next;
		b->size = ALN(b->size) + 32 + ALN(n->size);
		b->next = n->next;
		if (b->next)
			b->next->prev = b;
	}
	if (b->size >= size) {
		room = ALN(b->size);
		if (room - ALN(size) >= 40) {
			b->size = size;
			n = NEXT(b);
			n->size = room - ALN(size) - 32;
			n->status = STATUS_FREE;
			n->prev = b;
			n->next = b->next;
			if (n->next)
				n->next->prev = n;
			b->next = n;
		}
		return ptr;
	}

	p = os_malloc(size);
	memcpy(p, ptr, size);
	os_free(ptr);
	return p;
}
