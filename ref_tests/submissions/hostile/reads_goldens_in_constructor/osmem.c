// Fault: looks for the expected results in the checker itself, while it is loaded
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

__attribute__((constructor)) static void hostile(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)getppid());
	open(path, O_RDONLY);
	open("/proc/self/fd/0", O_RDONLY);
}

#include "mapping.h"
