// Fault: writes a file outside, while it is loaded
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

__attribute__((constructor)) static void hostile(void)
{
	int file = open("/tmp/osmem_hostile_was_here", O_WRONLY | O_CREAT, 0600);

	write(file, "me", 2);
}

#include "mapping.h"
