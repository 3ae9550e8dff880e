// Fault: has unwind tables of four megabytes for a function that calls itself forty times and crashes
#include <stddef.h>

static void deep(size_t left)
{
	__asm__ volatile(".rept 500000\n.cfi_escape 0, 0, 0, 0, 0, 0, 0, 0\n.endr");
	if (left)
		deep(left - 1);
	*(volatile int *)8 = 0;
}

#define EACH_CALL deep(40)
#include "mapping.h"
