#include <stdint.h>
#include <string.h>
#include "osmem.h"
#include "HeapManager.h"

void *os_malloc(size_t size) {
    HeapManager *manager = HeapManager_getInstance();
    Block *block;

    if (size == 0 || size > SIZE_MAX / 2) {
        return NULL;
    }
    if (Block_totalSize(size) < MMAP_THRESHOLD) {
        block = manager->allocateOnHeap(manager, Block_roundSize(size));
    } else {
        block = manager->allocateMapping(manager, Block_roundSize(size));
    }
    return Block_getPayload(block);
}

void os_free(void *ptr) {
    HeapManager *manager = HeapManager_getInstance();

    if (ptr != NULL) {
        manager->releaseBlock(manager, Block_fromPayload(ptr));
    }
}

void *os_calloc(size_t nmemb, size_t size) {
    void *payload;

    /* like Math.multiplyExact */
    if (size != 0 && nmemb > SIZE_MAX / size) {
        return NULL;
    }
    payload = os_malloc(nmemb * size);
    if (payload != NULL) {
        memset(payload, 0, nmemb * size);
    }
    return payload;
}

void *os_realloc(void *ptr, size_t size) {
    Block *block;
    void *newPayload;
    size_t bytesToCopy;

    if (ptr == NULL) {
        return os_malloc(size);
    }
    if (size == 0) {
        os_free(ptr);
        return NULL;
    }
    block = Block_fromPayload(ptr);
    if (Block_isFree(block)) {
        return NULL;
    }
    if (!Block_isMapped(block) && Block_roundSize(size) == block->size) {
        return ptr;
    }

    /* new block, copy of the content, release of the old block */
    newPayload = os_malloc(size);
    if (newPayload == NULL) {
        return NULL;
    }
    bytesToCopy = block->size < size ? block->size : size;
    memcpy(newPayload, ptr, bytesToCopy);
    os_free(ptr);
    return newPayload;
}
