// Fault: puts instructions together in a section that is both written and executed
#define _GNU_SOURCE
#include "code.h"

static char page[4096] __attribute__((section(".own,\"awx\",@progbits #")));

__attribute__((constructor)) static void hostile(void)
{
	stash(page);
}
