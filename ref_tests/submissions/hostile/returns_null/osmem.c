// Fault: hands out no memory, and so makes few different mistakes
#include "osmem.h"

void *os_malloc(size_t size)
{
	(void)size;
	return NULL;
}

void *os_calloc(size_t nmemb, size_t size)
{
	(void)nmemb;
	(void)size;
	return NULL;
}

void *os_realloc(void *ptr, size_t size)
{
	(void)ptr;
	(void)size;
	return NULL;
}

void os_free(void *ptr)
{
	(void)ptr;
}
