// Odd: defines os_malloc and none of the other three
#include <sys/mman.h>

#include "block_meta.h"
#include "osmem.h"

void *os_malloc(size_t size)
{
	size_t bytes = (size + 7) / 8 * 8 + sizeof(struct block_meta);
	struct block_meta *block;

	if (size == 0)
		return NULL;
	block = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED)
		return NULL;
	block->size = bytes - sizeof(struct block_meta);
	block->status = STATUS_MAPPED;
	return block + 1;
}
