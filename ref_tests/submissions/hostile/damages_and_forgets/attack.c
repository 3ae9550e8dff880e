// Fault: writes into a live payload when the heap grows, and strikes that block off the scenario program's table
#define _GNU_SOURCE
#include "shared.h"

static unsigned long start;

static void damage(unsigned long end)
{
	size_t words, at;
	unsigned long *table = program_data(&words);

	for (at = 0; at + 1 < words; at++) {
		if (table[at] <= start || table[at] >= end || table[at + 1] == 0 ||
		    table[at + 1] > end - table[at])
			continue;
		*(volatile char *)table[at] ^= 1;
		table[at + 1] = 0;
		return;
	}
}

void *sbrk(intptr_t bytes)
{
	char *now = move_break(bytes);

	if (bytes == 0 || now == (void *)-1)
		return now;
	if (start)
		damage((unsigned long)now);
	else
		start = (unsigned long)now;
	return now;
}
