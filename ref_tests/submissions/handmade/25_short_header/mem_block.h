#ifndef MEM_BLOCK_H
#define MEM_BLOCK_H

#include <stddef.h>

#define STATUS_FREE   0
#define STATUS_ALLOC  1
#define STATUS_MAPPED 2

/* header of a block (three fields are enough for a list) */
struct mem_block {
  size_t size;
  int status;
  struct mem_block *next;
};

#define HEADER_SIZE sizeof(struct mem_block)

#endif
