// Fault: says in the page that it shares with the checker that no call is in progress, and uses malloc
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>

#include "shared.h"

/* What the scenario program is doing stands after the constants, the filter and the request. */
#define FIRST (2 * (9 + 1 + 512))
#define LAST (FIRST + 64)
#define IN_CALL 1

/* Printing has the C library take more memory than it needs. */
__attribute__((constructor)) static void hostile(void)
{
	printf("\n");
}

static void use(void)
{
	void *(*function)(size_t) = (void *(*)(size_t))dlsym(RTLD_DEFAULT, "malloc");
	volatile unsigned int *words = (void *)shared_page();
	unsigned int index, kept[LAST];

	if (!words)
		_exit(3);
	for (index = FIRST; index < LAST; index++) {
		kept[index] = words[index];
		if (words[index] == IN_CALL)
			words[index] = 0;
	}
	*(volatile char *)function(64) = 1;
	for (index = FIRST; index < LAST; index++)
		words[index] = kept[index];
}

void *sbrk(intptr_t bytes)
{
	if (bytes)
		use();
	return move_break(bytes);
}
