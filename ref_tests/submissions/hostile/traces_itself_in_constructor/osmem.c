// Fault: asks to be traced while it is loaded, so that the checker cannot trace it
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>

#include "block_meta.h"
#include "osmem.h"

__attribute__((constructor)) static void hostile(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

#include "mapping.h"
