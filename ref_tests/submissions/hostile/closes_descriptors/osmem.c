// Fault: closes every descriptor in a call
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	int file;

	for (file = 0; file < 1024; file++)
		close(file);
}

#define EACH_CALL hostile()
#include "mapping.h"
