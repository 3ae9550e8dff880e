// Fault: writes into the memory of the process that started it
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	char byte = 0;
	struct iovec here = { &byte, 1 }, there = { (void *)0x400000, 1 };

	process_vm_writev(getppid(), &here, 1, &there, 1, 0);
}

#define EACH_CALL hostile()
#include "mapping.h"
