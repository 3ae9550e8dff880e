// Fault: prints without end while it is loaded
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

__attribute__((constructor)) static void hostile(void)
{
	for (;;)
		write(1, "0123456789abcdef0123456789abcdef", 32);
}

#include "mapping.h"
