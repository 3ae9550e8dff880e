// Fault: exits with 0 in a call
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	exit(0);
}

#define EACH_CALL hostile()
#include "mapping.h"
