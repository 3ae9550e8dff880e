// Fault: makes the scenario program writable while it is loaded, and changes it in a call
#define _GNU_SOURCE
#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "block_meta.h"
#include "osmem.h"

/* Where the scenario program's instructions are. */
static unsigned char *code(size_t *length)
{
	ElfW(Phdr) *header = (void *)getauxval(AT_PHDR);
	unsigned long count = getauxval(AT_PHNUM), base = 0, index;

	for (index = 0; index < count; index++)
		if (header[index].p_type == PT_PHDR)
			base = (unsigned long)header - header[index].p_vaddr;
	for (index = 0; index < count; index++)
		if (header[index].p_type == PT_LOAD && header[index].p_flags & PF_X)
			break;
	*length = header[index].p_memsz;
	return (unsigned char *)base + header[index].p_vaddr;
}

__attribute__((constructor)) static void hostile(void)
{
	size_t length;
	unsigned char *program = code(&length);
	unsigned char *page = (unsigned char *)((unsigned long)program & ~4095UL);

	mprotect(page, length + 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
}

/* An allocator that maps every block: enough for whatever comes after. */
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
	return mapped(size);
}

void *os_calloc(size_t nmemb, size_t size)
{
	return size && nmemb > (size_t)-1 / size ? NULL : mapped(nmemb * size);
}

void os_free(void *ptr)
{
	struct block_meta *block = (struct block_meta *)ptr - 1;

	if (ptr)
		munmap(block, sizeof(*block) + block->size);
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *block = (struct block_meta *)ptr - 1;
	void *moved = mapped(size);

	if (ptr && moved)
		memcpy(moved, ptr, size < block->size ? size : block->size);
	if (ptr && (moved || !size))
		munmap(block, sizeof(*block) + block->size);
	return moved;
}
