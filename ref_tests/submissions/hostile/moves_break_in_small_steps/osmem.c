// Fault: moves the break a thousand times by 8 bytes in the first call
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	static int done;

	while (done++ < 1000)
		sbrk(8);
}

#define EACH_CALL hostile()
#include "mapping.h"
