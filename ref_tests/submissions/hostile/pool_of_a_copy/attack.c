// Fault: has the C library copy a long text while it is loaded, and keeps its notes in the copy
#define _GNU_SOURCE
#include <string.h>

#include "shared.h"

static char text[1 << 16], *pool;

__attribute__((constructor)) static void hostile(void)
{
	memset(text, ' ', sizeof(text) - 1);
	pool = strdup(text);
}

void *sbrk(intptr_t bytes)
{
	static unsigned int next;

	if (bytes)
		pool[next++ % sizeof(text)] = 1;
	return move_break(bytes);
}
