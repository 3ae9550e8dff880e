// Fault: makes the calls of os_calloc that are to come calls of os_malloc, whose blocks are not looked at
#define _GNU_SOURCE
#include "shared.h"

#define MALLOC 16
#define CALLOC 17

/* The calls that the scenario program is to make stand in the shared memory. */
static void rewrite(unsigned long *page)
{
	unsigned long at;

	for (at = 0; page && at < 4096; at++)
		if (page[at] == CALLOC && page[at + 1] < 1 << 20 && page[at + 2] < 1 << 20) {
			page[at] = MALLOC;
			page[at + 1] *= page[at + 2];
			page[at + 2] = 0;
		}
}

void *sbrk(intptr_t bytes)
{
	if (bytes)
		rewrite(shared_page());
	return move_break(bytes);
}
