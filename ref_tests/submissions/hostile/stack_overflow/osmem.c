// Fault: calls itself without end
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>

#include "block_meta.h"
#include "osmem.h"

static volatile int depth;

static void hostile(void)
{
	volatile char frame[512];

	frame[0] = (char)depth++;
	if (depth)
		hostile();
	frame[1] = frame[0];
}

#define EACH_CALL hostile()
#include "mapping.h"
