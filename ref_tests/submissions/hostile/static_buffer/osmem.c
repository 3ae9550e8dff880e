// Fault: hands out the same static buffer in every call, and so makes few different mistakes
#include <stddef.h>

#include "osmem.h"

static char buffer[4 << 20] __attribute__((aligned(16)));

void *os_malloc(size_t size)
{
	return size ? buffer : NULL;
}

void *os_calloc(size_t nmemb, size_t size)
{
	return nmemb * size ? buffer : NULL;
}

void *os_realloc(void *ptr, size_t size)
{
	(void)ptr;
	return size ? buffer : NULL;
}

void os_free(void *ptr)
{
	(void)ptr;
}
