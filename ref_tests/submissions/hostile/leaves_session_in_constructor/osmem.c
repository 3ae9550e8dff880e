// Fault: leaves its session while it is loaded, and forks
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

__attribute__((constructor)) static void hostile(void)
{
	setsid();
	if (fork() == 0)
		for (;;)
			pause();
}

#include "mapping.h"
