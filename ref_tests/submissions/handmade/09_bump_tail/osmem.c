#include "osmem.h"
#include "block_meta.h"

#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#define HDR (sizeof(struct block_meta))
#define THRESH (128 * 1024)
#define ALIGN(x) (((x) + 7) & ~7ul)

/*
 * The heap:
 *
 *   | block | block | block | ...... not used yet ...... |
 *   base                    bump                         end
 *
 * Blocks are only in front of bump. Everything between bump and end is not
 * given to anyone yet so it does not need a header.
 */
static char *base, *bump, *end;
static struct block_meta *head, *tail;

static void more(size_t n)
{
	DIE(sbrk(n) == (void *)-1, "sbrk");
	end += n;
}

/* makes sure that there are n bytes after bump */
static void reserve(size_t n)
{
	size_t left = end - bump;

	if (left < n)
		more(n - left);
}

static void merge(struct block_meta *b)
{
	struct block_meta *n = b->next;

	b->size += HDR + n->size;
	b->next = n->next;
	if (n->next)
		n->next->prev = b;
	if (tail == n)
		tail = b;
}

static void split(struct block_meta *b, size_t size)
{
	struct block_meta *n;

	if (b->size - size < HDR + 8)
		return;
	n = (struct block_meta *)((char *)b + HDR + size);
	n->size = b->size - size - HDR;
	n->status = STATUS_FREE;
	n->prev = b;
	n->next = b->next;
	if (b->next)
		b->next->prev = n;
	else
		tail = n;
	b->next = n;
	b->size = size;
}

static struct block_meta *reuse(size_t size)
{
	struct block_meta *b, *best = NULL;

	b = head;
	while (b && b->next) {
		if (b->status == STATUS_FREE && b->next->status == STATUS_FREE)
			merge(b);
		else
			b = b->next;
	}

	for (b = head; b; b = b->next)
		if (b->status == STATUS_FREE && b->size >= size &&
		    (!best || b->size < best->size))
			best = b;

	if (best) {
		split(best, size);
		best->status = STATUS_ALLOC;
	}
	return best;
}

static struct block_meta *bump_block(size_t size)
{
	struct block_meta *b;

	reserve(HDR + size);
	b = (struct block_meta *)bump;
	bump += HDR + size;

	b->size = size;
	b->status = STATUS_ALLOC;
	b->prev = tail;
	b->next = NULL;
	if (tail)
		tail->next = b;
	else
		head = b;
	tail = b;
	return b;
}

static struct block_meta *mapped_block(size_t size)
{
	struct block_meta *b;

	b = mmap(NULL, HDR + size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	DIE(b == MAP_FAILED, "mmap");
	b->size = size;
	b->status = STATUS_MAPPED;
	return b;
}

static void init(void)
{
	if (base)
		return;
	base = sbrk(0);
	bump = end = base;
	more(THRESH);
}

void *os_malloc(size_t size)
{
	struct block_meta *b;

	if (size == 0)
		return NULL;
	size = ALIGN(size);
	if (size + HDR >= THRESH)
		return mapped_block(size) + 1;

	init();
	b = reuse(size);
	if (!b)
		b = bump_block(size);
	return b + 1;
}

void *os_calloc(size_t nmemb, size_t size)
{
	struct block_meta *b;
	size_t n = nmemb * size;

	if (n == 0 || n / nmemb != size)
		return NULL;
	n = ALIGN(n);
	if (n + HDR >= (size_t)getpagesize())
		return mapped_block(n) + 1;

	init();
	b = reuse(n);
	if (b) {
		memset(b + 1, 0, n);
		return b + 1;
	}
	/* memory from sbrk is zero, no memset needed */
	return bump_block(n) + 1;
}

void os_free(void *ptr)
{
	struct block_meta *b;

	if (!ptr)
		return;
	b = (struct block_meta *)ptr - 1;
	if (b->status == STATUS_MAPPED) {
		DIE(munmap(b, HDR + b->size) == -1, "munmap");
		return;
	}

	b->status = STATUS_FREE;
	if (b == tail) {
		/* the last one goes back to the unused part */
		bump = (char *)b;
		tail = b->prev;
		if (tail)
			tail->next = NULL;
		else
			head = NULL;
	}
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *b;
	void *p;

	if (!ptr)
		return os_malloc(size);
	if (!size) {
		os_free(ptr);
		return NULL;
	}
	b = (struct block_meta *)ptr - 1;
	if (b->status == STATUS_FREE)
		return NULL;
	size = ALIGN(size);

	if (b->status == STATUS_ALLOC && size + HDR < THRESH) {
		if (b == tail) {
			/* bigger or smaller, it is the same thing */
			if (size > b->size)
				reserve(size - b->size);
			b->size = size;
			bump = (char *)ptr + size;
			return ptr;
		}
		while (b->size < size && b->next &&
		       b->next->status == STATUS_FREE)
			merge(b);
		if (b->size >= size) {
			split(b, size);
			return ptr;
		}
	}

	p = os_malloc(size);
	memcpy(p, ptr, b->size < size ? b->size : size);
	os_free(ptr);
	return p;
}
