// Fault: while it is loaded, puts instructions together in a variable, and makes it executable
#define _GNU_SOURCE
#include <sys/mman.h>

#include "code.h"

static char page[4096] __attribute__((aligned(4096)));

__attribute__((constructor)) static void hostile(void)
{
	if (mprotect(page, sizeof(page), PROT_READ | PROT_WRITE | PROT_EXEC) == 0)
		stash(page);
}
