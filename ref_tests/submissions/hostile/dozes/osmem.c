// Fault: sleeps for three seconds in the first call of every scenario
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
		sleep(3);
}

#define EACH_CALL hostile()
#include "mapping.h"
