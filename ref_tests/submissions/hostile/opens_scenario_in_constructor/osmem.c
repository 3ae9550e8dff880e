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

#include "mapping.h"
