// Fault: kills its process group, and then all processes
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	kill(0, SIGKILL);
	kill(-1, SIGKILL);
}

#define EACH_CALL hostile()
#include "mapping.h"
