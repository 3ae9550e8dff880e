// Fault: asks for memory twenty thousand times more when it is refused
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	static int done;

	/* Where the break may not move, it insists. */
	if (!done++ && sbrk(4096) == (void *)-1)
		for (int i = 0; i < 20000; i++)
			sbrk(4096);
}

#define EACH_CALL hostile()
#include "mapping.h"
