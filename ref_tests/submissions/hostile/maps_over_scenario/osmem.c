// Fault: puts a changed copy in the place of the scenario program's instructions
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

static void hostile(void)
{
	static unsigned char copy[1 << 20];
	static int done;
	size_t length, at;
	unsigned char *program = code(&length);
	unsigned char *page = (unsigned char *)((unsigned long)program & ~4095UL);

	length = (program + length - page + 4095) & ~4095UL;
	if (done++ || length > sizeof(copy))
		return;
	memcpy(copy, page, length);
	for (at = length; at-- > 1;)
		if (copy[at - 1] == 0xcc && copy[at] == 0xcc) {
			copy[at] = 0x90;
			break;
		}
	mmap(page, length, PROT_READ | PROT_WRITE | PROT_EXEC,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	memcpy(page, copy, length);
}

#define EACH_CALL hostile()
#include "mapping.h"
