// Fault: makes as many mappings as it may, and keeps them, so that each call shows more of them
#define _GNU_SOURCE
#include <stddef.h>
#include <sys/mman.h>

static void hostile(void)
{
	static int done;
	int count = done++ ? 6 : 60;

	while (count--)
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

#define EACH_CALL hostile()
#include "mapping.h"
