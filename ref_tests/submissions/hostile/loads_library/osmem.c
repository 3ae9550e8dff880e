// Fault: loads another library
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
#include <sys/mman.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	dlopen("libm.so.6", RTLD_NOW);
}

#define EACH_CALL hostile()
#include "mapping.h"
