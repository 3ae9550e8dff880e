// Fault: leaves its session in a call, and forks
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	setsid();
	if (fork() == 0)
		for (;;)
			pause();
}

#define EACH_CALL hostile()
#include "mapping.h"
