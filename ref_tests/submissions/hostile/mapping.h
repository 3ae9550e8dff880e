/* An allocator that maps every block: enough for whatever comes after an attack. EACH_CALL is what each
 * call does first.
 */
#include <string.h>
#include <sys/mman.h>

#include "block_meta.h"
#include "osmem.h"

#ifndef EACH_CALL
#define EACH_CALL
#endif

static void *mapped(size_t size)
{
	struct block_meta *block;

	if (size == 0 || size > (size_t)1 << 40)
		return NULL;
	block = mmap(NULL, sizeof(*block) + size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED)
		return NULL;
	block->size = size;
	block->status = STATUS_MAPPED;
	return block + 1;
}

void *os_malloc(size_t size)
{
	EACH_CALL;
	return mapped(size);
}

void *os_calloc(size_t nmemb, size_t size)
{
	EACH_CALL;
	return size && nmemb > (size_t)-1 / size ? NULL : mapped(nmemb * size);
}

void os_free(void *ptr)
{
	struct block_meta *block = (struct block_meta *)ptr - 1;

	EACH_CALL;
	if (ptr)
		munmap(block, sizeof(*block) + block->size);
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *block = (struct block_meta *)ptr - 1;
	void *moved = mapped(size);

	EACH_CALL;
	if (ptr && moved)
		memcpy(moved, ptr, size < block->size ? size : block->size);
	if (ptr && (moved || !size))
		munmap(block, sizeof(*block) + block->size);
	return moved;
}
