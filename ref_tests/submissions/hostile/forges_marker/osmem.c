// Fault: reports the end of the scenario by a system call of its own
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

static void hostile(void)
{
	unsigned long *stack = __builtin_frame_address(0);
	int place;

	for (place = 0; place < 256; place++)
		syscall(SYS_getppid, stack[place], END_OF_SCENARIO, 0, 0, 0, 0);
}

#define EACH_CALL hostile()
#include "mapping.h"
