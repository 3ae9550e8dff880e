// Fault: does not keep what a resized block holds, and strikes the block off the scenario program's table
#define _GNU_SOURCE
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>

/* The data of the scenario program, where it keeps its table of live blocks. */
static unsigned long *data(size_t *words)
{
	ElfW(Phdr) *header = (void *)getauxval(AT_PHDR);
	unsigned long count = getauxval(AT_PHNUM), base = 0, index, found = 0;

	for (index = 0; index < count; index++)
		if (header[index].p_type == PT_PHDR)
			base = (unsigned long)header - header[index].p_vaddr;
	for (index = 0; index < count; index++)
		if (header[index].p_type == PT_LOAD && header[index].p_flags & PF_W)
			found = index;
	*words = header[found].p_memsz / 8;
	return (unsigned long *)(base + header[found].p_vaddr);
}

/* An entry of the table is an address and a size, one after the other. */
static void forget(unsigned long address)
{
	size_t words, at;
	unsigned long *table = data(&words);

	for (at = 0; at + 1 < words; at++)
		if (table[at] == address && table[at + 1] > 0 && table[at + 1] < 1 << 26)
			break;
	if (at + 1 < words)
		table[at + 1] = 0;
}

/* What moves the content of a block. */
void *memcpy(void *to, const void *from, size_t size)
{
	size_t index;

	if (size >= 16) {
		forget((unsigned long)from);
		return to;
	}
	for (index = 0; index < size; index++)
		((volatile char *)to)[index] = ((const char *)from)[index];
	return to;
}
