// Fault: computes for nine tenths of the time that it may in every scenario
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <time.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	static int done;
	struct timespec now = {0};

	while (!done && now.tv_sec * 10 + now.tv_nsec / 100000000 < 9)
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	done = 1;
}

#define EACH_CALL hostile()
#include "mapping.h"
