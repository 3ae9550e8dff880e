/*
 * Storage allocator after Kernighan & Ritchie, "The C Programming Language",
 * section 8.7, with mmap for big blocks added.
 */
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include "osmem.h"
#include "block_meta.h"

typedef struct block_meta Header;

#define NALLOC 4096		/* minimum #units to request: 128 KB */
#define MMAP_THRESHOLD (128 * 1024)

static Header base;		/* empty list to get started */
static Header *freep = NULL;	/* start of free list */

#define END(p) ((char *)((p) + 1) + (p)->size)

/* morecore: ask system for more memory */
static Header *morecore(size_t nunits)
{
	char *cp;
	Header *up;

	if (nunits < NALLOC)
		nunits = NALLOC;
	cp = sbrk(nunits * sizeof(Header));
	if (cp == (char *)-1)	/* no space at all */
		return NULL;
	up = (Header *)cp;
	up->size = (nunits - 1) * sizeof(Header);
	up->status = STATUS_ALLOC;
	os_free((void *)(up + 1));
	return freep;
}

/* os_malloc: general-purpose storage allocator */
void *os_malloc(size_t nbytes)
{
	Header *p, *prevp;
	size_t nunits, need;

	if (nbytes == 0)
		return NULL;

	nunits = (nbytes + sizeof(Header) - 1) / sizeof(Header) + 1;
	need = (nunits - 1) * sizeof(Header);

	if (sizeof(Header) + ((nbytes + 7) & ~7UL) >= MMAP_THRESHOLD) {
		need = (nbytes + 7) & ~7UL;
		p = mmap(NULL, sizeof(Header) + need, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == NULL)
			return NULL;
		p->size = need;
		p->status = STATUS_MAPPED;
		return (void *)(p + 1);
	}

	if ((prevp = freep) == NULL) {	/* no free list yet */
		base.next = freep = prevp = &base;
		base.size = 0;
	}
	for (p = prevp->next; ; prevp = p, p = p->next) {
		if (p != &base && p->size >= need) {	/* big enough */
			if (p->size == need) {		/* exactly */
				prevp->next = p->next;
			} else {			/* allocate tail end */
				p->size -= need + sizeof(Header);
				p = (Header *)END(p);
				p->size = need;
			}
			p->status = STATUS_ALLOC;
			freep = prevp;
			return (void *)(p + 1);
		}
		if (p == freep)		/* wrapped around free list */
			if ((p = morecore(nunits)) == NULL)
				return NULL;	/* none left */
	}
}

/* os_free: put block ap in free list */
void os_free(void *ap)
{
	Header *bp, *p;

	if (ap == NULL)
		return;
	bp = (Header *)ap - 1;	/* point to block header */
	if (bp->status == STATUS_MAPPED) {
		munmap(bp, sizeof(Header) + bp->size);
		return;
	}
	bp->status = STATUS_FREE;
	for (p = freep; !(bp > p && bp < p->next); p = p->next)
		if (p >= p->next && (bp > p || bp < p->next))
			break;	/* freed block at start or end of arena */

	if (END(bp) == (char *)p->next) {	/* join to upper nbr */
		bp->size += sizeof(Header) + p->next->size;
		bp->next = p->next->next;
	} else {
		bp->next = p->next;
	}
	if (END(p) == (char *)bp) {		/* join to lower nbr */
		p->size += sizeof(Header) + bp->size;
		p->next = bp->next;
	} else {
		p->next = bp;
	}
	freep = p;
}

void *os_calloc(size_t nmemb, size_t size)
{
	void *p = os_malloc(nmemb * size);

	if (p != NULL)
		memset(p, 0, nmemb * size);
	return p;
}

void *os_realloc(void *ptr, size_t size)
{
	Header *bp;
	void *p;

	if (ptr == NULL)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}
	bp = (Header *)ptr - 1;
	p = os_malloc(size);
	if (p == NULL)
		return NULL;
	memcpy(p, ptr, size < bp->size ? size : bp->size);
	os_free(ptr);
	return p;
}
