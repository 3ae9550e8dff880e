/*
 * Tema - alocator de memorie
 *
 * Obs: in campul size tin dimensiunea intregului bloc, cu tot cu antet.
 */
#include "osmem.h"
#include "block_meta.h"
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#define PRAG		(128 * 1024)
#define ANTET		(sizeof(struct block_meta))
#define BLOC(p)		((struct block_meta *)((char *)(p) - ANTET))
#define DATE(b)		((void *)((char *)(b) + ANTET))

static struct block_meta *prim;		/* primul bloc */
static struct block_meta *ultim;	/* ultimul bloc */

/* cati octeti ocupa blocul, cu antet */
static size_t cat_ocupa(size_t n)
{
	return ANTET + ((n + 7) & ~7UL);
}

static void lipeste(struct block_meta *b)
{
	struct block_meta *vecin = b->next;

	b->size += vecin->size;
	b->next = vecin->next;
	if (b->next)
		b->next->prev = b;
	if (ultim == vecin)
		ultim = b;
}

static void taie(struct block_meta *b, size_t cat)
{
	struct block_meta *rest;

	/* trebuie sa incapa un antet in rest */
	if (b->size - cat >= ANTET) {
		rest = (struct block_meta *)((char *)b + cat);
		rest->size = b->size - cat;
		rest->status = STATUS_FREE;
		rest->prev = b;
		rest->next = b->next;
		if (b->next)
			b->next->prev = rest;
		b->next = rest;
		b->size = cat;
		if (ultim == b)
			ultim = rest;
	}
}

static void mareste_ultimul(size_t cat)
{
	DIE(sbrk(cat - ultim->size) == (void *)-1, "sbrk");
	ultim->size = cat;
}

static void *din_heap(size_t cat)
{
	struct block_meta *b, *bun = NULL;

	if (prim == NULL) {
		prim = sbrk(PRAG);
		DIE(prim == (void *)-1, "sbrk");
		prim->size = PRAG;
		prim->status = STATUS_FREE;
		prim->prev = prim->next = NULL;
		ultim = prim;
	}

	for (b = prim; b; b = b->next) {
		if (b->status != STATUS_FREE)
			continue;
		while (b->next && b->next->status == STATUS_FREE)
			lipeste(b);
		if (b->size >= cat && (!bun || b->size < bun->size))
			bun = b;
	}

	if (bun) {
		taie(bun, cat);
	} else if (ultim->status == STATUS_FREE) {
		mareste_ultimul(cat);
		bun = ultim;
	} else {
		bun = sbrk(cat);
		DIE(bun == (void *)-1, "sbrk");
		bun->size = cat;
		bun->prev = ultim;
		bun->next = NULL;
		ultim->next = bun;
		ultim = bun;
	}

	bun->status = STATUS_ALLOC;
	return DATE(bun);
}

static void *cu_mmap(size_t cat)
{
	struct block_meta *b = mmap(NULL, cat, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	DIE(b == MAP_FAILED, "mmap");
	b->size = cat;
	b->status = STATUS_MAPPED;
	b->prev = b->next = NULL;
	return DATE(b);
}

static void *aloca(size_t n, size_t prag)
{
	size_t cat = cat_ocupa(n);

	if (n == 0)
		return NULL;
	return cat < prag ? din_heap(cat) : cu_mmap(cat);
}

void *os_malloc(size_t size)
{
	return aloca(size, PRAG);
}

void *os_calloc(size_t nmemb, size_t size)
{
	void *p;

	if (size != 0 && nmemb > (size_t)-1 / size)
		return NULL;
	p = aloca(nmemb * size, getpagesize());
	if (p)
		memset(p, 0, nmemb * size);
	return p;
}

void os_free(void *ptr)
{
	if (!ptr)
		return;

	if (BLOC(ptr)->status == STATUS_MAPPED)
		DIE(munmap(BLOC(ptr), BLOC(ptr)->size) == -1, "munmap");
	else
		BLOC(ptr)->status = STATUS_FREE;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *b;
	size_t cat, vechi;
	void *nou;

	if (!ptr)
		return os_malloc(size);
	if (!size) {
		os_free(ptr);
		return NULL;
	}

	b = BLOC(ptr);
	if (b->status == STATUS_FREE)
		return NULL;
	cat = cat_ocupa(size);
	vechi = b->size - ANTET;

	if (b->status == STATUS_MAPPED || cat >= PRAG) {
		nou = os_malloc(size);
		memcpy(nou, ptr, vechi < size ? vechi : size);
		os_free(ptr);
		return nou;
	}

	if (cat <= b->size) {
		taie(b, cat);
		return ptr;
	}

	if (b == ultim) {
		mareste_ultimul(cat);
		return ptr;
	}

	while (b->next && b->next->status == STATUS_FREE) {
		lipeste(b);
		if (b->size >= cat) {
			taie(b, cat);
			return ptr;
		}
	}

	/*
	 * Nu incape, il mut. Il eliberez intai, ca sa poata fi folosit si
	 * locul lui; memmove pentru ca zonele se pot suprapune.
	 */
	os_free(ptr);
	nou = os_malloc(size);
	memmove(nou, ptr, vechi);
	return nou;
}
