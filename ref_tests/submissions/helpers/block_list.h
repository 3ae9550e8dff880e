/* The blocks of the heap, in address order. */
#ifndef BLOCK_LIST_H
#define BLOCK_LIST_H

#include <stddef.h>

#include "block_meta.h"

#define ALIGNMENT 8
#define META sizeof(struct block_meta)
#define MIN_REST (META + ALIGNMENT)

/*
 * A tentative definition, in every file that includes this one: they become
 * one variable only with -fcommon.
 */
struct {
	struct block_meta *first;
	struct block_meta *last;
} blocks;

static inline size_t aligned(size_t n)
{
	return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static inline char *payload(struct block_meta *block)
{
	return (char *)block + META;
}

static inline char *after(struct block_meta *block)
{
	return payload(block) + block->size;
}

/* Links a free block of `size` payload bytes after the last one. */
struct block_meta *list_append(char *at, size_t size);

/* Merges `block` with its successor if that is free and adjacent; says whether it did. */
int list_absorb(struct block_meta *block);

void list_coalesce(void);
struct block_meta *list_best(size_t need);

/* Cuts `block` down to `need` bytes if the rest can be a block. */
void list_split(struct block_meta *block, size_t need);

#endif
