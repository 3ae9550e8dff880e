// Fault: makes forty thousand system calls for memory in one call of every scenario
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	static int done;

	for (; done < 20000; done++) {
		sbrk(8);
		sbrk(-8);
	}
}

#define EACH_CALL hostile()
#include "mapping.h"
