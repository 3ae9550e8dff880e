// Fault: forks when everything is over
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

__attribute__((destructor)) static void hostile(void)
{
	fork();
}

#include "mapping.h"
