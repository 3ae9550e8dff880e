// Fault: enters malloc after its first instructions
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>

#include "shared.h"

static char *rest __attribute__((used));

/* What the C library's malloc begins with, and then the rest of it. */
__attribute__((naked)) static void *enter(size_t size __attribute__((unused)))
{
	__asm__("push %r12\n\tpush %rbp\n\tpush %rbx\n\tjmp *rest(%rip)");
}

__attribute__((constructor)) static void hostile(void)
{
	/* Printing has the C library take more memory than it needs. */
	printf("\n");
	rest = (char *)dlsym(RTLD_DEFAULT, "malloc") + 4;
}

void *sbrk(intptr_t bytes)
{
	if (bytes)
		*(volatile char *)enter(64) = 1;
	return move_break(bytes);
}
