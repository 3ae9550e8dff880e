// Fault: has sixty thousand sections, and fills the stack with addresses that have to be looked up
#include <stddef.h>

__asm__(".macro section_\n.section s\\@,\"\",@progbits\n.byte 1\n.endm\n"
	".rept 60000\nsection_\n.endr\n.text\n");

static void deep(size_t left)
{
	void *volatile here[64];
	size_t index;

	for (index = 0; index < 64; index++)
		here[index] = __builtin_return_address(0);
	if (left)
		deep(left - 1);
	*(volatile int *)8 = 0;
}

#define EACH_CALL deep(40)
#include "mapping.h"
