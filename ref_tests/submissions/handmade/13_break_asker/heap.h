#ifndef HEAP_H
#define HEAP_H

#include <stddef.h>
#include "block_meta.h"

#define MMAP_THRESHOLD (128 * 1024)
#define SIZEOF_META sizeof(struct block_meta)

extern struct block_meta *heap_first;

size_t to_8(size_t n);
int ends_at_break(struct block_meta *b);
struct block_meta *heap_last(void);
void heap_join(struct block_meta *b);
void heap_split(struct block_meta *b, size_t size);
struct block_meta *heap_search(size_t size);

#endif
