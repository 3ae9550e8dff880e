#ifndef HELPERS_H
#define HELPERS_H

#include <stddef.h>
#include "block_meta.h"

#define ALIGNMENT 8
#define ALIGN(size) (((size) + (ALIGNMENT - 1)) & ~((size_t)(ALIGNMENT - 1)))
#define META_SIZE ALIGN(sizeof(struct block_meta))
#define TOTAL(size) (META_SIZE + ALIGN(size))
#define MMAP_THRESHOLD ((size_t)128 * 1024)
#define PREALLOCATION ((size_t)128 * 1024)

/* conversions between a block and its payload */
struct block_meta *payload_to_block(void *ptr);
void *block_to_payload(struct block_meta *block);

/* questions about sizes */
int size_too_big(size_t size);

/* heap blocks */
struct block_meta *heap_get_block(size_t need);
void heap_split(struct block_meta *block, size_t need);
void heap_grow_last(struct block_meta *block, size_t need);
int heap_absorb_next(struct block_meta *block, size_t need);
int heap_is_last(struct block_meta *block);

/* mapped blocks */
struct block_meta *map_block(size_t need);
void unmap_block(struct block_meta *block);

#endif
