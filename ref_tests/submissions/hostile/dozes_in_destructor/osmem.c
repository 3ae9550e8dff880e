// Fault: sleeps for three seconds at the end of every scenario
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
}

__attribute__((destructor)) static void doze(void)
{
	sleep(3);
}

#define EACH_CALL hostile()
#include "mapping.h"
