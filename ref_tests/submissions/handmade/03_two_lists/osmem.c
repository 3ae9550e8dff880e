#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include "osmem.h"
#include "lists.h"

#define MMAP_THRESHOLD (128 * 1024)
#define ALIGN8(x) (((x) + 7) & ~(size_t)7)

/* One list with what is free (sorted) and one with what the user has. */
static struct list free_list;
static struct list used_list;
static char *heap_end;

static char *block_end(struct block_meta *b)
{
	return (char *)b + META_SIZE + b->size;
}

/*
 * Puts a block in the free list and glues it with its neighbours,
 * so there are never two free blocks one after the other.
 */
static void give_back(struct block_meta *b)
{
	struct block_meta *other;

	b->status = STATUS_FREE;
	list_insert_sorted(&free_list, b);

	other = b->next;
	if (other && block_end(b) == (char *)other) {
		list_remove(&free_list, other);
		b->size += META_SIZE + other->size;
	}
	other = b->prev;
	if (other && block_end(other) == (char *)b) {
		list_remove(&free_list, b);
		other->size += META_SIZE + b->size;
	}
}

static void cut(struct block_meta *b, size_t need)
{
	struct block_meta *rest;

	if (b->size < need + META_SIZE + 8)
		return;
	rest = (struct block_meta *)((char *)(b + 1) + need);
	rest->size = b->size - need - META_SIZE;
	b->size = need;
	give_back(rest);
}

static void *take_from_system(size_t bytes)
{
	void *p = sbrk(bytes);

	DIE(p == (void *)-1, "sbrk failed");
	heap_end = (char *)p + bytes;
	return p;
}

static void *heap_alloc(size_t need)
{
	struct block_meta *b, *best = NULL, *last = NULL;

	if (!heap_end) {
		b = take_from_system(128 * 1024);
		b->size = 128 * 1024 - META_SIZE;
		give_back(b);
	}

	for (b = free_list.first; b; b = b->next) {
		if (b->size >= need && (!best || b->size < best->size))
			best = b;
		last = b;
	}

	if (best) {
		list_remove(&free_list, best);
		cut(best, need);
	} else if (last && block_end(last) == heap_end) {
		best = last;
		take_from_system(need - best->size);
		list_remove(&free_list, best);
		best->size = need;
	} else {
		best = take_from_system(META_SIZE + need);
		best->size = need;
	}
	best->status = STATUS_ALLOC;
	list_push(&used_list, best);
	return best + 1;
}

static void *map_alloc(size_t need)
{
	struct block_meta *b = mmap(NULL, META_SIZE + need, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	DIE(b == MAP_FAILED, "mmap failed");
	b->size = need;
	b->status = STATUS_MAPPED;
	b->next = b->prev = NULL;
	return b + 1;
}

void *os_malloc(size_t size)
{
	if (!size)
		return NULL;
	if (size >= MMAP_THRESHOLD)
		return map_alloc(ALIGN8(size));
	return heap_alloc(ALIGN8(size));
}

void os_free(void *ptr)
{
	struct block_meta *b = (struct block_meta *)ptr - 1;

	if (!ptr)
		return;
	if (b->status == STATUS_MAPPED) {
		int rc = munmap(b, META_SIZE + b->size);

		DIE(rc != 0, "munmap failed");
		return;
	}
	list_remove(&used_list, b);
	give_back(b);
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t all = nmemb * size;
	void *p;

	if (!nmemb || !size)
		return NULL;
	if (all >= (size_t)getpagesize())
		p = map_alloc(ALIGN8(all));
	else
		p = heap_alloc(ALIGN8(all));
	memset(p, 0, size);
	return p;
}

static struct block_meta *free_block_at(char *addr)
{
	struct block_meta *b;

	for (b = free_list.first; b; b = b->next)
		if ((char *)b == addr)
			return b;
	return NULL;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *b, *f;
	size_t need = ALIGN8(size), old;
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

	if (b->status == STATUS_ALLOC && size < MMAP_THRESHOLD) {
		if (need <= b->size) {
			cut(b, need);
			return ptr;
		}
		if (block_end(b) == heap_end) {
			take_from_system(need - b->size);
			b->size = need;
			return ptr;
		}
		f = free_block_at(block_end(b));
		if (f && b->size + META_SIZE + f->size >= need) {
			list_remove(&free_list, f);
			b->size += META_SIZE + f->size;
			cut(b, need);
			return ptr;
		}
	}

	old = b->size;
	p = os_malloc(size);
	memcpy(p, ptr, old < size ? old : size);
	os_free(ptr);
	return p;
}
