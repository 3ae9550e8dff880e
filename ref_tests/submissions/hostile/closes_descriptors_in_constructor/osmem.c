// Fault: closes every descriptor while it is loaded
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

__attribute__((constructor)) static void hostile(void)
{
	int file;

	for (file = 0; file < 1024; file++)
		close(file);
}

#include "mapping.h"
