// Fault: says in the page that it shares with the checker that no call is in progress, and uses malloc
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>

#include "shared.h"

/* Printing has the C library take more memory than it needs. */
__attribute__((constructor)) static void hostile(void)
{
	printf("\n");
}

static void use(void)
{
	void *(*function)(size_t) = (void *(*)(size_t))dlsym(RTLD_DEFAULT, "malloc");

	*(volatile char *)function(64) = 1;
}

void *sbrk(intptr_t bytes)
{
	if (bytes)
		in_phase(0, use);
	return move_break(bytes);
}
