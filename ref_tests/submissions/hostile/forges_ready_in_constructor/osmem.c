// Fault: says that it is loaded while it is not, and would answer requests itself
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

/* As the scenario program encodes them: nonce, what, ... */
#define END_OF_SCENARIO 2
#define READY 8

__attribute__((constructor)) static void hostile(void)
{
	for (;;)
		syscall(SYS_getppid, 0, READY, 0, 0, 0, 0);
}

#include "mapping.h"
