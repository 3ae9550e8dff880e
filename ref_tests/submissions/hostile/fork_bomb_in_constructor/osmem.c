// Fault: forks without end while it is loaded
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

__attribute__((constructor)) static void hostile(void)
{
	for (;;)
		fork();
}

#include "mapping.h"
