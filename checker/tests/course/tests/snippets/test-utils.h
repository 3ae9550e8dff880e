/* What the tests share. */
#ifndef TEST_UTILS_H
#define TEST_UTILS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "block_meta.h"
#include "osmem.h"

/* The largest payload that the preallocated block holds. */
#define WHOLE_HEAP (128 * 1024 - META - 8)

/* A check of the test's own. */
#define FAIL_IF(condition, message)                                            \
	do {                                                                   \
		if (condition) {                                               \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__,     \
				message);                                      \
			exit(1);                                               \
		}                                                              \
	} while (0)

/* Fills a block with a pattern of its own; whether it is still there. */
void fill(void *block, size_t size, unsigned char seed);
int is_filled(const void *block, size_t size, unsigned char seed);

/* Takes all of the preallocated heap. */
static inline void *take_heap(void)
{
	void *block = os_malloc(WHOLE_HEAP);

	FAIL_IF(block == NULL, "no memory");
	return block;
}

#endif /* TEST_UTILS_H */
