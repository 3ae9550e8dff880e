// Fault: takes a pool from malloc while it is loaded, and keeps its notes there
#define _GNU_SOURCE
#include <stdlib.h>

#include "shared.h"

static char *pool;

__attribute__((constructor)) static void hostile(void)
{
	void *(*volatile function)(size_t) = malloc;

	pool = function(1 << 20);
}

void *sbrk(intptr_t bytes)
{
	static unsigned int next;

	if (bytes)
		pool[next++ % (1 << 20)] = 1;
	return move_break(bytes);
}
