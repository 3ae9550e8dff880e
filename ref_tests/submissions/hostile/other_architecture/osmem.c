// Fault: makes a system call of 32-bit programs: the number of exit there is that of write here
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	int result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(1), "b"(0));
	(void)result;
}

#define EACH_CALL hostile()
#include "mapping.h"
