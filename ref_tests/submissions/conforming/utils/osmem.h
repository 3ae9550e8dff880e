/* The four functions of the assignment. */
#ifndef OSMEM_H
#define OSMEM_H

#include <stddef.h>

#include "printf.h"

void *os_malloc(size_t size);
void os_free(void *ptr);
void *os_calloc(size_t nmemb, size_t size);
void *os_realloc(void *ptr, size_t size);

#endif
