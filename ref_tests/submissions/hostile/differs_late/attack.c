// Fault: from the ninth move of the break on, takes 8 bytes too many in all runs but the first that gets there
#define _GNU_SOURCE
#include "shared.h"

/* No scenario makes more; random sequences do. */
#define FAITHFUL 8
/* Far after the calls of a sequence, where nothing is written. */
#define COUNTER (1 << 20)

void *sbrk(intptr_t bytes)
{
	static int moves, wrong;
	unsigned long *page = bytes && ++moves == FAITHFUL + 1 ? shared_page() : NULL;

	if (page)
		wrong = page[COUNTER]++ > 0;
	return move_break(bytes && wrong ? bytes + 8 : bytes);
}
