// Fault: makes system calls in every call, each from another place of a deep stack
#define _GNU_SOURCE
#include <unistd.h>

static __attribute__((noinline)) void hostile(void)
{
	volatile char deep[4096];
	static int done;
	int count = done++ ? 6 : 60;

	deep[count] = 1;
	while (count--)
		sbrk(8);
}

#define EACH_CALL hostile()
#include "mapping.h"
