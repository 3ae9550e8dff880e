// Fault: exits with 0 when everything is over, before other destructors run
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

__attribute__((destructor)) static void hostile(void)
{
	_exit(0);
}

#include "mapping.h"
