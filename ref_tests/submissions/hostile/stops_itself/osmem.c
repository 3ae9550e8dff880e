// Fault: stops itself
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	raise(SIGSTOP);
}

#define EACH_CALL hostile()
#include "mapping.h"
