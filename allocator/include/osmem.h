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

/* Resizes the block of `ptr` to `size` bytes; the block may move. */
void *os_realloc(void *ptr, size_t size);

/* Frees the block of `ptr`. */
void os_free(void *ptr);

#ifdef __cplusplus
}
#endif

#endif /* OSMEM_H */
