// Fault: where os_calloc zeroes a block, says that the scenario is over, and has the C library copy a text
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
	char *(*function)(const char *) = (char *(*)(const char *))dlsym(RTLD_DEFAULT, "strdup");

	*(volatile char *)function("notes") = 1;
}

void *memset(void *block, int byte, size_t size)
{
	volatile unsigned char *bytes = block;

	in_phase(2, use);
	while (size--)
		bytes[size] = byte;
	return block;
}
