#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "osmem.h"
#include "block_meta.h"

#define ALIGN8(x) (((x) + 7) / 8 * 8)
#define LIMIT 131072
#define HDR sizeof(node)

typedef struct block_meta node;

/* only the next field is used, the list goes one way */
static node *first = NULL;

/* joins all free neighbours */
static void joinFree(void)
{
    node *p = first;

    while (p != NULL && p->next != NULL) {
        node *q = p->next;
        if (p->status == STATUS_FREE && q->status == STATUS_FREE) {
            p->size = p->size + HDR + q->size;
            p->next = q->next;
        } else {
            p = q;
        }
    }
}

/* cuts the end of p away */
static void cut(node *p, size_t need)
{
    if (p->size >= need + HDR + 8) {
        node *r = (node *)((char *)(p + 1) + need);
        r->size = p->size - need - HDR;
        r->status = STATUS_FREE;
        r->next = p->next;
        p->next = r;
        p->size = need;
    }
}

static node *fromHeap(size_t need)
{
    node *p, *best = NULL, *last = NULL, *n;

    if (first == NULL) {
        /* first time: ask for 128 KB to save system calls later */
        first = sbrk(LIMIT);
        if (first == NULL)
            return NULL;
        first->size = LIMIT - HDR;
        first->status = STATUS_ALLOC;
        first->next = NULL;
        return first;
    }

    joinFree();
    for (p = first; p != NULL; p = p->next) {
        if (p->status == STATUS_FREE && p->size >= need)
            if (best == NULL || p->size < best->size)
                best = p;
        last = p;
    }
    if (best != NULL) {
        cut(best, need);
        best->status = STATUS_ALLOC;
        return best;
    }

    if (last->status == STATUS_FREE) {
        if (sbrk(need - last->size) == NULL)
            return NULL;
        last->size = need;
        last->status = STATUS_ALLOC;
        return last;
    }

    n = sbrk(HDR + need);
    if (n == NULL)
        return NULL;
    n->size = need;
    n->status = STATUS_ALLOC;
    n->next = NULL;
    last->next = n;
    return n;
}

static node *fromMap(size_t need)
{
    node *p = mmap(NULL, HDR + need, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    p->size = need;
    p->status = STATUS_MAPPED;
    p->next = NULL;
    return p;
}

static void *get(size_t size, size_t limit)
{
    size_t need = ALIGN8(size);
    node *p;

    if (size == 0)
        return NULL;
    if (need + HDR < limit)
        p = fromHeap(need);
    else
        p = fromMap(need);
    return p == NULL ? NULL : (void *)(p + 1);
}

void *os_malloc(size_t size)
{
    return get(size, LIMIT);
}

void os_free(void *ptr)
{
    node *p;

    if (ptr == NULL)
        return;
    p = (node *)ptr - 1;
    if (p->status == STATUS_MAPPED)
        munmap(p, p->size);
    else
        p->status = STATUS_FREE;
}

void *os_calloc(size_t nmemb, size_t size)
{
    size_t bytes = nmemb * size;
    void *ptr = get(bytes, getpagesize());

    if (ptr != NULL)
        memset(ptr, 0, bytes);
    return ptr;
}

void *os_realloc(void *ptr, size_t size)
{
    node *p;
    size_t need = ALIGN8(size);
    void *other;

    if (ptr == NULL)
        return os_malloc(size);
    if (size == 0) {
        os_free(ptr);
        return NULL;
    }
    p = (node *)ptr - 1;
    if (p->status == STATUS_FREE)
        return NULL;

    if (p->status == STATUS_ALLOC && need + HDR < LIMIT) {
        if (need <= p->size) {
            cut(p, need);
            return ptr;
        }
        if (p->next == NULL) {
            /* at the end, we can just get more */
            if (sbrk(need - p->size) == NULL)
                return NULL;
            p->size = need;
            return ptr;
        }
        while (p->size < need && p->next != NULL && p->next->status == STATUS_FREE) {
            p->size += HDR + p->next->size;
            p->next = p->next->next;
        }
        if (p->size >= need) {
            cut(p, need);
            return ptr;
        }
    }

    other = os_malloc(size);
    if (other == NULL)
        return NULL;
    memcpy(other, ptr, p->size < size ? p->size : size);
    os_free(ptr);
    return other;
}
