// Fault: moves the break by 900 MB in the first call
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	static int done;

	if (!done++)
		sbrk(900 << 20);
}

#define EACH_CALL hostile()
#include "mapping.h"
