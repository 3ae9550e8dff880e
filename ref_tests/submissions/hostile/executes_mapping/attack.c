// Fault: while it is loaded, puts instructions together in a mapping that is executable
#define _GNU_SOURCE
#include <sys/mman.h>

#include "code.h"

__attribute__((constructor)) static void hostile(void)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page != MAP_FAILED)
		stash(page);
}
