// Fault: asks for the break without end in a call
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	for (;;)
		syscall(SYS_brk, 0);
}

#define EACH_CALL hostile()
#include "mapping.h"
