// Fault: sleeps for an hour in a call
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	sleep(3600);
}

#define EACH_CALL hostile()
#include "mapping.h"
