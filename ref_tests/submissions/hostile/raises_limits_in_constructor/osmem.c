// Fault: raises its resource limits
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "block_meta.h"
#include "osmem.h"

__attribute__((constructor)) static void hostile(void)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_AS, &limit);
}

#include "mapping.h"
