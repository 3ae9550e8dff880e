// Fault: becomes another program in a call
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	execl("/bin/sh", "sh", "-c", "echo Total: 100", (char *)NULL);
}

#define EACH_CALL hostile()
#include "mapping.h"
