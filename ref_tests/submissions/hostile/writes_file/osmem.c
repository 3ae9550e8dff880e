// Fault: writes a file outside, in a call
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	int file = open("/tmp/osmem_hostile_was_here", O_WRONLY | O_CREAT, 0600);

	write(file, "me", 2);
}

#define EACH_CALL hostile()
#include "mapping.h"
