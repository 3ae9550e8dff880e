// Fault: counts its runs in the memory that all of them share, and takes 8 bytes too many from the tenth on
#define _GNU_SOURCE
#include "shared.h"

/* Far after the calls of a scenario, where nothing is written. */
#define COUNTER (1 << 20)

void *sbrk(intptr_t bytes)
{
	static unsigned long runs;
	unsigned long *page = runs ? NULL : shared_page();

	if (page)
		runs = ++page[COUNTER];
	return move_break(bytes && runs >= 10 ? bytes + 8 : bytes);
}
