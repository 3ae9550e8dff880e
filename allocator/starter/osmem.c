/*
 * osmem.c - your allocator.
 *
 *	gcc -fPIC -g -Wall -Wextra -I../include -c osmem.c
 *	gcc -shared osmem.o -o libosmem.so
 *
 * Letters and numbers in comments, such as E1, are clauses of the assignment. Memory comes
 * from brk/sbrk, mmap and munmap only (E1): no malloc, calloc, realloc or free
 * of the C library, and no function that calls them, such as the C library's
 * printf (E2); "printf.h" has one that does not.
 */
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"
#include "printf.h"

#define ALIGNMENT 8
#define MMAP_THRESHOLD (128 * 1024)
#define PREALLOCATION (128 * 1024)

/*
 * Things you will want, each a short function:
 *
 * - round a size up to a multiple of ALIGNMENT;
 * - get from a payload to its header, META bytes before it, and back (B1);
 * - preallocate the heap at its first use (C1);
 * - coalesce all adjacent free blocks (C3);
 * - find the best fit: the smallest free block that is large enough (C4);
 * - split a block that is larger than needed (C6);
 * - grow the heap: extend a free last block, or append a new one (C7);
 * - map and unmap a block (D1, D2).
 *
 * Check the result of every system call (E3): DIE(block == (void *)-1, "sbrk").
 */

/* A1, A2: from the heap below the threshold, else a mapping; NULL for 0. */
void *os_malloc(size_t size)
{
	/* TODO: implement os_malloc */
	(void)size;
	return NULL;
}

/* A6, A7, A8: mark a heap block free, unmap a mapped one. */
void os_free(void *ptr)
{
	/* TODO: implement os_free */
	(void)ptr;
}

/* A3, A4, A5: as os_malloc with the page size as threshold, and zeroed. */
void *os_calloc(size_t nmemb, size_t size)
{
	/* TODO: implement os_calloc; nmemb * size may overflow (A5) */
	(void)nmemb;
	(void)size;
	return NULL;
}

/* A9 to A17, in this order:
 *
 *   NULL pointer or size 0 (A9), a free block (A10), a mapped block (A17),
 *   too large for the heap (A13), already large enough (A12), the last block
 *   of the heap (A14), free blocks after it (A15), and else a move (A16).
 */
void *os_realloc(void *ptr, size_t size)
{
	/* TODO: implement os_realloc */
	(void)ptr;
	(void)size;
	return NULL;
}
