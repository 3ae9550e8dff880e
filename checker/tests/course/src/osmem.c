// SPDX-License-Identifier: BSD-3-Clause

#include "../utils/block_meta.h"
#include "../utils/osmem.h"

void *os_malloc(size_t size)
{
	/* TODO: implement os_malloc */
	(void)size;
	return NULL;
}

void os_free(void *ptr)
{
	/* TODO: implement os_free */
	(void)ptr;
}

void *os_calloc(size_t nmemb, size_t size)
{
	/* TODO: implement os_calloc */
	(void)nmemb;
	(void)size;
	return NULL;
}

void *os_realloc(void *ptr, size_t size)
{
	/* TODO: implement os_realloc */
	(void)ptr;
	(void)size;
	return NULL;
}
