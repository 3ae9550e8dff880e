// Fault: prints a gigabyte at once
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	static char text[1 << 20];
	int round;

	memset(text, 'x', sizeof(text));
	for (round = 0; round < 1024; round++)
		write(1, text, sizeof(text));
}

#define EACH_CALL hostile()
#include "mapping.h"
