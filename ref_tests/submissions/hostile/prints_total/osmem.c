// Fault: prints what a grader might look for
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	printf("PASS\nTotal: 100\n100 passed; 0 failed\n");
}

#define EACH_CALL hostile()
#include "mapping.h"
