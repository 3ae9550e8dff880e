// Fault: sleeps for a thousandth of a second again and again, so that it is never seen asleep for long
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	static int done;

	while (done++ < 3000)
		usleep(1000);
}

#define EACH_CALL hostile()
#include "mapping.h"
