// tema 2
#include "osmem.h"
#include "block_meta.h"
#include <sys/mman.h>
#include <string.h>
#include <unistd.h>

struct block_meta *first = NULL;

int align(int n)
{
	if (n % 8 == 0)
		return n;
	return n + (8 - n % 8);
}

// finds a free block that is big enough
struct block_meta *find(size_t n)
{
	struct block_meta *p = first;
	while (p) {
		if (p->status == STATUS_FREE && p->size >= n)
			return p;
		p = p->next;
	}
	return NULL;
}

void *alloc(size_t n, size_t limit)
{
	struct block_meta *p, *q;

	n = align(n);

	if (n + META >= limit) {
		p = mmap(NULL, n + META, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			return NULL;
		p->size = n;
		p->status = STATUS_MAPPED;
		p->prev = NULL;
		p->next = NULL;
		return p + 1;
	}

	if (!first) {
		first = sbrk(128 * 1024);
		DIE(first == (void *)-1, "sbrk");
		first->size = 128 * 1024 - META;
		first->status = STATUS_FREE;
		first->next = NULL;
		first->prev = NULL;
	}

	p = find(n);
	if (p) {
		// split only if it is worth it
		if (p->size - n > META) {
			q = (struct block_meta *)((char *)p + META + n);
			q->size = p->size - n;
			q->status = STATUS_FREE;
			q->prev = p;
			q->next = p->next;
			if (p->next)
				p->next->prev = q;
			p->next = q;
			p->size = n;
		}
		p->status = STATUS_ALLOC;
		return p + 1;
	}

	// last block
	q = first;
	while (q->next)
		q = q->next;

	p = sbrk(n + META);
	DIE(p == (void *)-1, "sbrk");
	p->size = n;
	p->status = STATUS_ALLOC;
	p->prev = q;
	p->next = NULL;
	q->next = p;
	return p + 1;
}

void *os_malloc(size_t size)
{
	if (size <= 0)
		return NULL;
	return alloc(size, 128 * 1024);
}

void os_free(void *ptr)
{
	struct block_meta *p;

	if (ptr == NULL)
		return;
	p = (struct block_meta *)(ptr - META);
	if (p->status == STATUS_MAPPED) {
		munmap(p, p->size);
		return;
	}
	p->status = STATUS_FREE;

	// merge with the next one
	if (p->next && p->next->status == STATUS_FREE) {
		p->size += p->next->size;
		p->next = p->next->next;
		if (p->next)
			p->next->prev = p;
	}
}

void *os_calloc(size_t nmemb, size_t size)
{
	void *ptr;

	if (nmemb == 0 || size == 0)
		return NULL;
	ptr = alloc(nmemb * size, getpagesize());
	if (ptr)
		memset(ptr, 0, nmemb * size);
	return ptr;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *p;
	void *new;

	if (ptr == NULL)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}

	p = (struct block_meta *)(ptr - META);
	if (p->status == STATUS_FREE)
		return NULL;

	// it has the place already
	if (p->size == (size_t)align(size))
		return ptr;

	new = os_malloc(size);
	if (new == NULL)
		return NULL;
	memcpy(new, ptr, p->size);
	os_free(ptr);
	return new;
}
