// Fault: exits with 0 in a call, past all destructors
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	_exit(0);
}

#define EACH_CALL hostile()
#include "mapping.h"
