#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "osmem.h"
#include "block_meta.h"

#define THRESHOLD (128 * 1024)

typedef struct block_meta block_meta_t;

static block_meta_t *list_start;
static block_meta_t *list_end;

static size_t
aligned(size_t size)
{
    return (size + 7) / 8 * 8;
}

static void
remove_block(block_meta_t *block)
{
    if (block->prev)
        block->prev->next = block->next;
    else
        list_start = block->next;
    if (block->next)
        block->next->prev = block->prev;
    else
        list_end = block->prev;
}

/* Joins block with the next one. */
static void
join(block_meta_t *block)
{
    block_meta_t *next = block->next;

    block->size += META + next->size;
    remove_block(next);
}

static void
split(block_meta_t *block, size_t size)
{
    block_meta_t *rest;

    /* only when something useful remains */
    if (block->size - size > META + 8) {
        rest = (block_meta_t *)((char *)block + META + size);
        rest->size = block->size - size - META;
        rest->status = STATUS_FREE;
        rest->prev = block;
        rest->next = block->next;
        if (rest->next)
            rest->next->prev = rest;
        else
            list_end = rest;
        block->next = rest;
        block->size = size;
    }
}

static block_meta_t *
enlarge_heap(size_t total)
{
    block_meta_t *block = sbrk(total);

    DIE(block == (void *)-1, "sbrk");
    block->size = total - META;
    block->status = STATUS_FREE;
    block->next = NULL;
    block->prev = list_end;
    if (list_end)
        list_end->next = block;
    else
        list_start = block;
    list_end = block;
    return block;
}

static void
enlarge_last(size_t size)
{
    void *ret = sbrk(size - list_end->size);

    DIE(ret == (void *)-1, "sbrk");
    list_end->size = size;
}

static block_meta_t *
search(size_t size)
{
    block_meta_t *block, *best = NULL;

    for (block = list_start; block; block = block->next) {
        if (block->status != STATUS_FREE || block->size < size)
            continue;
        if (block->size == size)
            return block;
        if (!best || block->size < best->size)
            best = block;
    }
    return best;
}

static void *
alloc_block(size_t size, size_t threshold)
{
    block_meta_t *block;

    if (size == 0 || size > SIZE_MAX - 64)
        return NULL;
    size = aligned(size);

    if (size + META >= threshold) {
        block = mmap(NULL, size + META, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        DIE(block == MAP_FAILED, "mmap");
        block->size = size;
        block->status = STATUS_MAPPED;
        block->prev = block->next = NULL;
        return block + 1;
    }

    if (!list_start)
        enlarge_heap(THRESHOLD);

    block = search(size);
    if (!block) {
        if (list_end->status == STATUS_FREE) {
            enlarge_last(size);
            block = list_end;
        } else {
            block = enlarge_heap(size + META);
        }
    }
    split(block, size);
    block->status = STATUS_ALLOC;
    return block + 1;
}

void *
os_malloc(size_t size)
{
    return alloc_block(size, THRESHOLD);
}

void *
os_calloc(size_t nmemb, size_t size)
{
    void *ptr;

    if (size && nmemb > SIZE_MAX / size)
        return NULL;
    ptr = alloc_block(nmemb * size, getpagesize());
    if (ptr)
        memset(ptr, 0, nmemb * size);
    return ptr;
}

void
os_free(void *ptr)
{
    block_meta_t *block;

    if (!ptr)
        return;
    block = (block_meta_t *)ptr - 1;
    if (block->status == STATUS_MAPPED) {
        int ret = munmap(block, block->size + META);

        DIE(ret == -1, "munmap");
        return;
    }
    block->status = STATUS_FREE;

    /* keep the heap tidy: join with both neighbours */
    if (block->next && block->next->status == STATUS_FREE)
        join(block);
    if (block->prev && block->prev->status == STATUS_FREE)
        join(block->prev);
}

void *
os_realloc(void *ptr, size_t size)
{
    block_meta_t *block;
    void *other;
    size_t want;

    if (!ptr)
        return os_malloc(size);
    if (size == 0) {
        os_free(ptr);
        return NULL;
    }
    if (size > SIZE_MAX - 64)
        return NULL;
    block = (block_meta_t *)ptr - 1;
    if (block->status == STATUS_FREE)
        return NULL;

    want = aligned(size);
    if (block->status == STATUS_ALLOC) {
        /* try to stay in place first */
        if (want > block->size && block == list_end)
            enlarge_last(want);
        while (want > block->size && block->next &&
               block->next->status == STATUS_FREE)
            join(block);
        if (want <= block->size) {
            split(block, want);
            return ptr;
        }
    }

    other = os_malloc(size);
    if (!other)
        return NULL;
    memcpy(other, ptr, size < block->size ? size : block->size);
    os_free(ptr);
    return other;
}
