// Fault: takes 8 bytes too many whenever the clock shows an odd number of microseconds
#define _GNU_SOURCE
#include <time.h>

#include "shared.h"

void *sbrk(intptr_t bytes)
{
	struct timespec clock;

	clock_gettime(CLOCK_MONOTONIC, &clock);
	return move_break(bytes && clock.tv_nsec / 1000 % 2 ? bytes + 8 : bytes);
}
