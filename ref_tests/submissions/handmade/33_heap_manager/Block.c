#include "HeapManager.h"

void *Block_getPayload(Block *this) {
    return (char *)this + sizeof(Block);
}

Block *Block_fromPayload(void *payload) {
    return (Block *)((char *)payload - sizeof(Block));
}

bool Block_isFree(const Block *this) {
    return this->status == STATUS_FREE;
}

bool Block_isMapped(const Block *this) {
    return this->status == STATUS_MAPPED;
}

size_t Block_roundSize(size_t size) {
    return (size + 7) & ~(size_t)7;
}

size_t Block_totalSize(size_t size) {
    return sizeof(Block) + Block_roundSize(size);
}
