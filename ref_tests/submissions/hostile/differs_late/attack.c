// Fault: from the ninth move of the break on, takes 8 bytes too many in one of eight microseconds
#define _GNU_SOURCE
#include <time.h>

#include "shared.h"

/* No scenario makes more; random sequences do. */
#define FAITHFUL 8

void *sbrk(intptr_t bytes)
{
	static int moves;
	struct timespec clock;

	clock_gettime(CLOCK_MONOTONIC, &clock);
	if (bytes && ++moves > FAITHFUL && clock.tv_nsec / 1000 % 8 == 0)
		bytes += 8;
	return move_break(bytes);
}
