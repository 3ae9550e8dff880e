#ifndef HEAP_MANAGER_H
#define HEAP_MANAGER_H

#include <stdbool.h>
#include <stddef.h>
#include "block_meta.h"

typedef struct block_meta Block;
typedef struct HeapManager HeapManager;

/** Manages the blocks of the heap and the mappings. There is only one. */
struct HeapManager {
    Block *firstBlock;
    Block *lastBlock;
    bool initialized;

    /* methods */
    Block *(*allocateOnHeap)(HeapManager *this, size_t size);
    Block *(*allocateMapping)(HeapManager *this, size_t size);
    void (*releaseBlock)(HeapManager *this, Block *block);
};

#define MMAP_THRESHOLD ((size_t)(128 * 1024))

HeapManager *HeapManager_getInstance(void);

/** Getters and static helpers of Block. */
void *Block_getPayload(Block *this);
Block *Block_fromPayload(void *payload);
bool Block_isFree(const Block *this);
bool Block_isMapped(const Block *this);
size_t Block_roundSize(size_t size);
size_t Block_totalSize(size_t size);

#endif
