/*
 * osmem.h - the four functions of the assignment.
 *
 * Link with libosmem.so. Sizes are in bytes; every pointer that is returned is
 * a multiple of 8, or NULL.
 */
#ifndef OSMEM_H
#define OSMEM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* `size` bytes, not initialised. */
void *os_malloc(size_t size);

/* `nmemb` elements of `size` bytes each, all zero. */
void *os_calloc(size_t nmemb, size_t size);

/* The block of `ptr` with `size` bytes, moved if need be. */
void *os_realloc(void *ptr, size_t size);

/* Gives the block of `ptr` back. */
void os_free(void *ptr);

#ifdef __cplusplus
}
#endif

#endif /* OSMEM_H */
