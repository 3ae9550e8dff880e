// Fault: traces the process that started it
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

__attribute__((constructor)) static void hostile(void)
{
	ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

#include "mapping.h"
