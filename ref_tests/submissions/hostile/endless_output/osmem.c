// Fault: prints without end in a call
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	for (;;)
		write(1, "0123456789abcdef0123456789abcdef", 32);
}

#define EACH_CALL hostile()
#include "mapping.h"
