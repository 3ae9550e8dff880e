#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include "osmem.h"
#include "heap.h"

static struct block_meta *block_at(void *place, size_t size, int status)
{
	struct block_meta *b = (struct block_meta *)place;

	b->size = size;
	b->status = status;
	b->prev = NULL;
	b->next = NULL;
	return b;
}

static void *alloc_mapped(size_t size)
{
	void *p;

	p = mmap(NULL, size + SIZEOF_META, PROT_READ | PROT_WRITE,
		 MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
	DIE(p == MAP_FAILED, "mmap");
	block_at(p, size, STATUS_MAPPED);
	return (char *)p + SIZEOF_META;
}

static void *alloc_heap(size_t size)
{
	struct block_meta *b, *last;
	void *old_brk;

	if (heap_first == NULL) {
		old_brk = sbrk(0);
		DIE(sbrk(MMAP_THRESHOLD) == (void *)-1, "sbrk");
		heap_first = block_at(old_brk, MMAP_THRESHOLD - SIZEOF_META,
				      STATUS_FREE);
	}

	b = heap_search(size);
	if (b != NULL) {
		heap_split(b, size);
		b->status = STATUS_ALLOC;
		return b + 1;
	}

	last = heap_last();
	if (last->status == STATUS_FREE && ends_at_break(last)) {
		DIE(sbrk(size - last->size) == (void *)-1, "sbrk");
		last->size = size;
		last->status = STATUS_ALLOC;
		return last + 1;
	}

	old_brk = sbrk(0);
	DIE(sbrk(size + SIZEOF_META) == (void *)-1, "sbrk");
	b = block_at(old_brk, size, STATUS_ALLOC);
	b->prev = last;
	last->next = b;
	return b + 1;
}

void *os_malloc(size_t size)
{
	if (size == 0)
		return NULL;
	if (size + SIZEOF_META >= MMAP_THRESHOLD)
		return alloc_mapped(to_8(size));
	return alloc_heap(to_8(size));
}

void os_free(void *ptr)
{
	struct block_meta *b;

	if (ptr == NULL)
		return;
	b = (struct block_meta *)ptr - 1;
	if (b->status == STATUS_MAPPED)
		munmap(b, b->size + SIZEOF_META);
	else
		b->status = STATUS_FREE;
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t n;
	void *p;

	if (nmemb == 0 || size == 0)
		return NULL;
	n = nmemb * size;
	if (n / size != nmemb)
		return NULL;
	if (n + SIZEOF_META >= (size_t)sysconf(_SC_PAGESIZE))
		p = alloc_mapped(to_8(n));
	else
		p = alloc_heap(to_8(n));
	memset(p, 0, n);
	return p;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *b;
	size_t n = to_8(size), copy;
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

	if (b->status == STATUS_ALLOC && size <= MMAP_THRESHOLD) {
		if (n <= b->size) {
			heap_split(b, n);
			return ptr;
		}
		if (ends_at_break(b)) {
			/* nobody is after us, just get more */
			sbrk(n);
			b->size = n;
			return ptr;
		}
		while (b->size < n && b->next != NULL &&
		       b->next->status == STATUS_FREE)
			heap_join(b);
		if (b->size >= n) {
			heap_split(b, n);
			return ptr;
		}
	}

	p = os_malloc(size);
	copy = size;
	if (b->size < copy)
		copy = b->size;
	memcpy(p, ptr, copy);
	os_free(ptr);
	return p;
}
