// Fault: forks without end in a call
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	for (;;)
		fork();
}

#define EACH_CALL hostile()
#include "mapping.h"
