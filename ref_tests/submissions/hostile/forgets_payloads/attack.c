// Fault: does not keep what a resized block holds, and strikes the block off the scenario program's table
#define _GNU_SOURCE
#include "shared.h"

static void forget(unsigned long address)
{
	size_t words, at;
	unsigned long *table = program_data(&words);

	for (at = 0; at + 1 < words; at++)
		if (table[at] == address && table[at + 1] > 0 && table[at + 1] < 1 << 26)
			break;
	if (at + 1 < words)
		table[at + 1] = 0;
}

/* What moves the content of a block. */
void *memcpy(void *to, const void *from, size_t size)
{
	size_t index;

	if (size >= 16) {
		forget((unsigned long)from);
		return to;
	}
	for (index = 0; index < size; index++)
		((volatile char *)to)[index] = ((const char *)from)[index];
	return to;
}
