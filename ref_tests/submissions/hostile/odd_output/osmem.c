// Fault: prints bytes that are no text and sequences that act on a terminal
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	write(1, "\xff\xfe\033[2J\033]0;owned\007\r\xe2\x80\xae\n", 22);
}

#define EACH_CALL hostile()
#include "mapping.h"
