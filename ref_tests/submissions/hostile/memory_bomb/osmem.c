// Fault: takes all the memory that there is
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	const size_t part = 1 << 20;
	char *more;

	while ((more = mmap(NULL, part, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) != MAP_FAILED)
		memset(more, 1, part);
}

#define EACH_CALL hostile()
#include "mapping.h"
