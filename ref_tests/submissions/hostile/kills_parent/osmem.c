// Fault: kills the process that started it, in a call
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	kill(getppid(), SIGKILL);
}

#define EACH_CALL hostile()
#include "mapping.h"
