// Fault: asks to be traced in a call, so that the checker cannot trace it
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

#define EACH_CALL hostile()
#include "mapping.h"
