/* Allocator without a list. The next header is found from the size. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "osmem.h"
#include "block_meta.h"

#define MAX_HEAP_CHUNK 131072
#define ROUND8(n)   (((n) + 7) & ~(size_t)7)
#define HDR(p)      ((struct block_meta *)((char *)(p) - META))
#define DATA(b)     ((void *)((char *)(b) + META))
#define AFTER(b)    ((struct block_meta *)((char *)(b) + META + (b)->size))
#define IS_FREE(b)  ((char *)(b) < heap_end && (b)->status == STATUS_FREE)

static char *heap_start, *heap_end;

static void *get_from_break(size_t n)
{
    void *p = sbrk(n);
    if (p == (void *)-1) {
        perror("os_malloc: sbrk");
        exit(1);
    }
    heap_end = (char *)p + n;
    return p;
}

/* join with every free block that follows */
static void join(struct block_meta *b)
{
    while (IS_FREE(AFTER(b)))
        b->size += META + AFTER(b)->size;
}

static void cut(struct block_meta *b, size_t want)
{
    if (b->size - want >= META + 8) {
        size_t total = b->size;
        b->size = want;
        AFTER(b)->size = total - want - META;
        AFTER(b)->status = STATUS_FREE;
    }
}

static struct block_meta *alloc_heap(size_t want)
{
    struct block_meta *b, *best, *last;

    if (heap_start == NULL) {
        heap_start = get_from_break(MAX_HEAP_CHUNK);
        b = (struct block_meta *)heap_start;
        b->size = MAX_HEAP_CHUNK - META;
        b->status = STATUS_FREE;
    }

    best = last = NULL;
    for (b = (struct block_meta *)heap_start; (char *)b < heap_end; b = AFTER(b)) {
        last = b;
        if (b->status != STATUS_FREE)
            continue;
        join(b);
        if (b->size >= want && (best == NULL || b->size < best->size))
            best = b;
    }

    if (best == NULL) {
        if (last->status == STATUS_FREE) {
            /* the last block can be made bigger */
            get_from_break(META + want);
            last->size += META + want;
            best = last;
        } else {
            best = get_from_break(META + want);
            best->size = want;
        }
    }
    best->status = STATUS_ALLOC;
    cut(best, want);
    return best;
}

static struct block_meta *alloc_map(size_t want)
{
    struct block_meta *b = mmap(0, META + want, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (b == MAP_FAILED) {
        perror("os_malloc: mmap");
        exit(1);
    }
    b->size = want;
    b->status = STATUS_MAPPED;
    return b;
}

void *os_malloc(size_t size)
{
    size = ROUND8(size);
    if (size == 0)
        return NULL;
    if (size + META >= MAX_HEAP_CHUNK)
        return DATA(alloc_map(size));
    return DATA(alloc_heap(size));
}

void *os_calloc(size_t nmemb, size_t size)
{
    size_t n = nmemb * size;
    void *p;

    if (nmemb == 0 || size == 0)
        return NULL;
    if (n / nmemb != size)
        return NULL;
    n = ROUND8(n);
    if (n + META >= (size_t)sysconf(_SC_PAGESIZE))
        p = DATA(alloc_map(n));
    else
        p = DATA(alloc_heap(n));
    memset(p, 0, size);
    return p;
}

void os_free(void *ptr)
{
    struct block_meta *b;

    if (ptr == NULL)
        return;
    b = HDR(ptr);
    if (b->status == STATUS_MAPPED)
        munmap(b, META + b->size);
    else
        b->status = STATUS_FREE;
}

void *os_realloc(void *ptr, size_t size)
{
    struct block_meta *b;
    size_t want = ROUND8(size);
    void *p;

    if (ptr == NULL)
        return os_malloc(size);
    b = HDR(ptr);
    if (b->status == STATUS_FREE)
        return NULL;
    if (size == 0) {
        os_free(ptr);
        return NULL;
    }

    if (b->status == STATUS_MAPPED || want + META >= MAX_HEAP_CHUNK)
        goto move;
    if (want > b->size && (char *)AFTER(b) == heap_end) {
        get_from_break(want - b->size);
        b->size = want;
        return ptr;
    }
    if (want > b->size)
        join(b);
    if (want <= b->size) {
        cut(b, want);
        return ptr;
    }

move:
    p = os_malloc(size);
    memcpy(p, ptr, want < b->size ? want : b->size);
    os_free(ptr);
    return p;
}
