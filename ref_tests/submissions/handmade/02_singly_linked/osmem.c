#include "osmem.h"
#include "block_meta.h"
#include <sys/mman.h>
#include <unistd.h>
#include <string.h>

#define MMAP_THRESHOLD (128 * 1024)
#define HDR sizeof(struct block_meta)

static struct block_meta *start = NULL;
/* os_calloc changes it for a moment, so I do not write os_malloc twice */
static size_t limit = MMAP_THRESHOLD;

void *os_malloc(size_t size)
{
    struct block_meta *b, *last = NULL, *rest;
    size_t need, total;
    void *r;

    if (size == 0)
        return NULL;
    need = (size + 7) / 8 * 8;
    total = need + HDR;

    /* big => mmap */
    if (total >= limit) {
        b = mmap(NULL, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        DIE(b == MAP_FAILED, "mmap");
        b->size = need;
        b->status = STATUS_MAPPED;
        b->next = NULL;
        return b + 1;
    }

    /* first time */
    if (start == NULL) {
        r = sbrk(MMAP_THRESHOLD);
        DIE(r == (void *) -1, "sbrk");
        start = r;
        start->size = MMAP_THRESHOLD - HDR;
        start->status = STATUS_FREE;
        start->next = NULL;
    }

    /* put the free neighbours together */
    for (b = start; b != NULL; b = b->next) {
        if (b->status == STATUS_FREE && b->next != NULL && b->next->status == STATUS_FREE) {
            b->size += HDR + b->next->size;
            b->next = b->next->next;
        }
    }

    /* look for a block */
    for (b = start; b != NULL; b = b->next) {
        if (b->status == STATUS_FREE && b->size >= need)
            break;
        last = b;
    }

    if (b != NULL) {
        /* cut it */
        if (b->size - need >= HDR + 8) {
            rest = (struct block_meta *)((char *) b + total);
            rest->size = b->size - total;
            rest->status = STATUS_FREE;
            rest->next = b->next;
            b->next = rest;
            b->size = need;
        }
        b->status = STATUS_ALLOC;
        return b + 1;
    }

    /* nothing found, the heap must grow */
    if (last->status == STATUS_FREE) {
        r = sbrk(need - last->size);
        DIE(r == (void *) -1, "sbrk");
        last->size = need;
        last->status = STATUS_ALLOC;
        return last + 1;
    }
    r = sbrk(total);
    DIE(r == (void *) -1, "sbrk");
    b = r;
    b->size = need;
    b->status = STATUS_ALLOC;
    b->next = NULL;
    last->next = b;
    return b + 1;
}

void os_free(void *ptr)
{
    struct block_meta *b;

    if (ptr == NULL)
        return;
    b = (struct block_meta *) ptr - 1;
    if (b->status == STATUS_MAPPED)
        DIE(munmap(b, HDR + b->size) < 0, "munmap");
    else
        b->status = STATUS_FREE;
}

void *os_calloc(size_t nmemb, size_t size)
{
    void *p;

    if (nmemb == 0 || size == 0)
        return NULL;
    limit = getpagesize();
    p = os_malloc(nmemb * size);
    limit = MMAP_THRESHOLD;
    if (p != NULL)
        memset(p, 0, nmemb * size);
    return p;
}

void *os_realloc(void *ptr, size_t size)
{
    struct block_meta *b, *rest;
    size_t need = (size + 7) / 8 * 8;
    void *p;

    if (ptr == NULL)
        return os_malloc(size);
    if (size == 0) {
        os_free(ptr);
        return NULL;
    }
    b = (struct block_meta *) ptr - 1;
    if (b->status == STATUS_FREE)
        return NULL;

    if (b->status == STATUS_ALLOC && need + HDR < MMAP_THRESHOLD) {
        if (b->next == NULL && b->size < need) {
            /* the last one, only move the break */
            p = sbrk(need - b->size);
            DIE(p == (void *) -1, "sbrk");
            b->size = need;
            return ptr;
        }
        while (b->size < need && b->next != NULL && b->next->status == STATUS_FREE) {
            b->size += HDR + b->next->size;
            b->next = b->next->next;
        }
        if (b->size >= need) {
            if (b->size - need >= HDR + 8) {
                rest = (struct block_meta *)((char *) ptr + need);
                rest->size = b->size - need - HDR;
                rest->status = STATUS_FREE;
                rest->next = b->next;
                b->next = rest;
                b->size = need;
            }
            return ptr;
        }
    }

    /* must be moved */
    p = os_malloc(size);
    if (p == NULL)
        return NULL;
    memcpy(p, ptr, size);
    os_free(ptr);
    return p;
}
