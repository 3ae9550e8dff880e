// Fault: where os_free unmaps a block, says that nothing known is in progress, and uses calloc and free
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
	void *(*give)(size_t, size_t) = (void *(*)(size_t, size_t))dlsym(RTLD_DEFAULT, "calloc");
	void (*take)(void *) = (void (*)(void *))dlsym(RTLD_DEFAULT, "free");

	take(give(1, 24));
}

int munmap(void *address, size_t length)
{
	in_phase(~0u, use);
	return syscall(SYS_munmap, address, length);
}
