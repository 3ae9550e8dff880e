/*
 * A small ptmalloc: chunks, a top (wilderness), mmapped chunks.
 * Names follow glibc's malloc.c.
 */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "osmem.h"
#include "block_meta.h"

#define SIZE_SZ			8
#define MALLOC_ALIGN_MASK	(SIZE_SZ - 1)
#define CHUNK_HDR_SZ		sizeof(struct block_meta)
#define MINSIZE			(CHUNK_HDR_SZ + SIZE_SZ)
#define DEFAULT_MMAP_THRESHOLD	(128 * 1024)
#define DEFAULT_TOP_PAD		(128 * 1024)
#define MORECORE		sbrk
#define MORECORE_FAILURE	((void *)-1)

#define request2size(req) \
	(((req) + CHUNK_HDR_SZ + MALLOC_ALIGN_MASK) & ~(size_t)MALLOC_ALIGN_MASK)
#define REQUEST_OUT_OF_RANGE(req)	((req) >= (size_t)PTRDIFF_MAX - 2 * MINSIZE)
#define chunk2mem(p)	((void *)((char *)(p) + CHUNK_HDR_SZ))
#define mem2chunk(mem)	((mchunkptr)((char *)(mem) - CHUNK_HDR_SZ))
#define chunksize(p)	((p)->size + CHUNK_HDR_SZ)
#define next_chunk(p)	((mchunkptr)((char *)(p) + chunksize(p)))

typedef struct block_meta *mchunkptr;

struct malloc_state {
	mchunkptr base;	/* first chunk */
	mchunkptr top;	/* where the unused memory begins */
	char *brk_end;	/* where it ends */
};

static struct malloc_state main_arena;

static size_t top_size(struct malloc_state *av)
{
	return av->brk_end - (char *)av->top;
}

static int sysmalloc(struct malloc_state *av, size_t bytes)
{
	if (MORECORE(bytes) == MORECORE_FAILURE)
		return -1;
	av->brk_end += bytes;
	return 0;
}

static int ptmalloc_init(struct malloc_state *av)
{
	void *start = MORECORE(DEFAULT_TOP_PAD);

	if (start == MORECORE_FAILURE)
		return -1;
	av->base = start;
	av->top = start;
	av->brk_end = (char *)start + DEFAULT_TOP_PAD;
	return 0;
}

/* Merges free neighbours; a free chunk at the border becomes part of top. */
static void malloc_consolidate(struct malloc_state *av)
{
	mchunkptr p = av->base;

	while (p < av->top) {
		mchunkptr nextp = next_chunk(p);

		if (p->status != STATUS_FREE) {
			p = nextp;
		} else if (nextp == av->top) {
			av->top = p;
		} else if (nextp->status == STATUS_FREE) {
			p->size += chunksize(nextp);
		} else {
			p = nextp;
		}
	}
}

static void set_head(mchunkptr p, size_t nb, int status)
{
	p->size = nb - CHUNK_HDR_SZ;
	p->status = status;
	p->prev = NULL;
	p->next = NULL;
}

static void remainder_chunk(mchunkptr p, size_t nb)
{
	size_t remainder_size = chunksize(p) - nb;

	if (remainder_size >= MINSIZE) {
		p->size = nb - CHUNK_HDR_SZ;
		set_head(next_chunk(p), remainder_size, STATUS_FREE);
	}
}

static void *_int_malloc(struct malloc_state *av, size_t nb)
{
	mchunkptr p, victim = NULL;

	if (av->base == NULL && ptmalloc_init(av) < 0)
		return NULL;
	malloc_consolidate(av);

	for (p = av->base; p < av->top; p = next_chunk(p))
		if (p->status == STATUS_FREE && chunksize(p) >= nb)
			if (victim == NULL || chunksize(p) < chunksize(victim))
				victim = p;
	if (victim != NULL) {
		remainder_chunk(victim, nb);
		victim->status = STATUS_ALLOC;
		return chunk2mem(victim);
	}

	/* use_top: */
	if (top_size(av) < nb && sysmalloc(av, nb - top_size(av)) < 0)
		return NULL;
	victim = av->top;
	set_head(victim, nb, STATUS_ALLOC);
	av->top = next_chunk(victim);
	return chunk2mem(victim);
}

static void *sysmalloc_mmap(size_t nb)
{
	mchunkptr p = mmap(NULL, nb, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	set_head(p, nb, STATUS_MAPPED);
	return chunk2mem(p);
}

static void *checked_malloc(size_t bytes, size_t mmap_threshold)
{
	if (bytes == 0 || REQUEST_OUT_OF_RANGE(bytes))
		return NULL;
	if (request2size(bytes) >= mmap_threshold)
		return sysmalloc_mmap(request2size(bytes));
	return _int_malloc(&main_arena, request2size(bytes));
}

void *os_malloc(size_t size)
{
	return checked_malloc(size, DEFAULT_MMAP_THRESHOLD);
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t bytes;
	void *mem;

	if (__builtin_mul_overflow(nmemb, size, &bytes))
		return NULL;
	mem = checked_malloc(bytes, getpagesize());
	if (mem == NULL)
		return NULL;
	return memset(mem, 0, bytes);
}

void os_free(void *ptr)
{
	mchunkptr p;

	if (ptr == NULL)
		return;
	p = mem2chunk(ptr);
	if (p->status == STATUS_MAPPED) {
		munmap(p, chunksize(p));
		return;
	}
	p->status = STATUS_FREE;
	malloc_consolidate(&main_arena);
}

void *os_realloc(void *ptr, size_t size)
{
	struct malloc_state *av = &main_arena;
	mchunkptr oldp;
	size_t nb, more;
	void *newmem;

	if (ptr == NULL)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}
	oldp = mem2chunk(ptr);
	if (oldp->status == STATUS_FREE || REQUEST_OUT_OF_RANGE(size))
		return NULL;
	nb = request2size(size);

	if (oldp->status == STATUS_ALLOC && nb < DEFAULT_MMAP_THRESHOLD) {
		while (chunksize(oldp) < nb && next_chunk(oldp) < av->top &&
		       next_chunk(oldp)->status == STATUS_FREE)
			oldp->size += chunksize(next_chunk(oldp));
		if (chunksize(oldp) < nb && next_chunk(oldp) == av->top) {
			/* expand forward into top */
			more = nb - chunksize(oldp);
			if (top_size(av) < more &&
			    sysmalloc(av, more - top_size(av)) < 0)
				return NULL;
			oldp->size += more;
			av->top = next_chunk(oldp);
		}
		if (chunksize(oldp) >= nb) {
			remainder_chunk(oldp, nb);
			malloc_consolidate(av);
			return ptr;
		}
	}

	newmem = os_malloc(size);
	if (newmem == NULL)
		return NULL;
	memcpy(newmem, ptr, size < oldp->size ? size : oldp->size);
	os_free(ptr);
	return newmem;
}
