// Fault: makes a system call by its number for 32-bit pointers
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	syscall(0x40000000 | 41, 2, 1, 0);
}

#define EACH_CALL hostile()
#include "mapping.h"
