// Fault: exits with 0 while it is loaded, past all destructors
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

__attribute__((constructor)) static void hostile(void)
{
	_exit(0);
}

#include "mapping.h"
