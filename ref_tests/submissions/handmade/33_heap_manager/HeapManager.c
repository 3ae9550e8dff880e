#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "HeapManager.h"

/** Our "throw new OutOfMemoryError()". */
static void throwOutOfMemory(const char *where) {
    fprintf(stderr, "OutOfMemoryError in %s\n", where);
    exit(EXIT_FAILURE);
}

static void addLast(HeapManager *this, Block *block) {
    block->next = NULL;
    block->prev = this->lastBlock;
    if (this->lastBlock == NULL) {
        this->firstBlock = block;
    } else {
        this->lastBlock->next = block;
    }
    this->lastBlock = block;
}

static void insertAfter(HeapManager *this, Block *position, Block *block) {
    if (position == this->lastBlock) {
        addLast(this, block);
        return;
    }
    block->prev = position;
    block->next = position->next;
    position->next->prev = block;
    position->next = block;
}

static void removeBlock(HeapManager *this, Block *block) {
    /* the first block is never removed */
    block->prev->next = block->next;
    if (block == this->lastBlock) {
        this->lastBlock = block->prev;
    } else {
        block->next->prev = block->prev;
    }
}

static void *moveBreak(size_t increment) {
    void *oldBreak = sbrk((intptr_t)increment);
    if (oldBreak == (void *)-1) {
        throwOutOfMemory("moveBreak");
    }
    return oldBreak;
}

static void initialize(HeapManager *this) {
    Block *block = moveBreak(MMAP_THRESHOLD);
    block->size = MMAP_THRESHOLD - sizeof(Block);
    block->status = STATUS_FREE;
    addLast(this, block);
    this->initialized = true;
}

static void coalesceAll(HeapManager *this) {
    Block *current = this->firstBlock;
    while (current != this->lastBlock) {
        Block *following = current->next;
        if (Block_isFree(current) && Block_isFree(following)) {
            current->size += sizeof(Block) + following->size;
            removeBlock(this, following);
        } else {
            current = following;
        }
    }
}

static Block *findBestFit(HeapManager *this, size_t size) {
    Block *best = NULL;
    for (Block *current = this->firstBlock; current != NULL; current = current->next) {
        if (Block_isFree(current) && current->size >= size) {
            if (best == NULL || current->size < best->size) {
                best = current;
            }
        }
    }
    return best;
}

static void splitBlock(HeapManager *this, Block *block, size_t size) {
    const size_t remaining = block->size - size;
    if (remaining < sizeof(Block) + 8) {
        return;
    }
    Block *remainder = (Block *)((char *)Block_getPayload(block) + size);
    remainder->size = remaining - sizeof(Block);
    remainder->status = STATUS_FREE;
    insertAfter(this, block, remainder);
    block->size = size;
}

static Block *allocateOnHeap(HeapManager *this, size_t size) {
    if (!this->initialized) {
        initialize(this);
    }
    coalesceAll(this);
    Block *block = findBestFit(this, size);
    if (block != NULL) {
        splitBlock(this, block, size);
    } else if (Block_isFree(this->lastBlock)) {
        block = this->lastBlock;
        moveBreak(size - block->size);
        block->size = size;
    } else {
        block = moveBreak(sizeof(Block) + size);
        block->size = size;
        addLast(this, block);
    }
    block->status = STATUS_ALLOC;
    return block;
}

static Block *allocateMapping(HeapManager *this, size_t size) {
    (void)this;
    Block *block = mmap(NULL, sizeof(Block) + size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) {
        throwOutOfMemory("allocateMapping");
    }
    block->size = size;
    block->status = STATUS_MAPPED;
    block->prev = NULL;
    block->next = NULL;
    return block;
}

static void releaseBlock(HeapManager *this, Block *block) {
    (void)this;
    if (Block_isMapped(block)) {
        if (munmap(block, sizeof(Block) + block->size) != 0) {
            throwOutOfMemory("releaseBlock");
        }
    } else {
        block->status = STATUS_FREE;
    }
}

HeapManager *HeapManager_getInstance(void) {
    static HeapManager instance = {
        .allocateOnHeap = allocateOnHeap,
        .allocateMapping = allocateMapping,
        .releaseBlock = releaseBlock,
    };
    return &instance;
}
