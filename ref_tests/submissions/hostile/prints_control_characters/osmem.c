// Fault: prints characters in every call that take six times their room when they are shown
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	static char bytes[4096];

	memset(bytes, 1, sizeof(bytes));
	if (write(1, bytes, sizeof(bytes)) < 0)
		return;
}

#define EACH_CALL hostile()
#include "mapping.h"
