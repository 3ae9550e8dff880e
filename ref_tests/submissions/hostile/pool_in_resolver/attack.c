// Fault: takes a pool from malloc before its constructors run, where the loader asks which function to bind
#define _GNU_SOURCE
#include <stdlib.h>

#include "shared.h"

static char *pool;

static void note(void)
{
	static unsigned int next;

	if (pool)
		pool[next++ % (1 << 20)] = 1;
}

static void *resolve(void)
{
	void *(*volatile function)(size_t) = malloc;

	pool = function(1 << 20);
	return note;
}

__attribute__((ifunc("resolve"))) void bound(void);

void *sbrk(intptr_t bytes)
{
	if (bytes)
		bound();
	return move_break(bytes);
}
