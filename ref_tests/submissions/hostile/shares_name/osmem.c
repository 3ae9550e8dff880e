// Fault: has debug information in which twenty thousand functions share one name of megabytes
#include <stdlib.h>

#define EACH_CALL abort()
#include "mapping.h"

__asm__(".pushsection .debug_str,\"MS\",@progbits,1\n"
	".fill 8000000, 1, 0x41\n"
	".byte 0\n"
	".popsection\n"
	".pushsection .debug_abbrev,\"\",@progbits\n"
	"1: .byte 1, 0x11, 1, 0, 0, 2, 0x2e, 1, 0x11, 1, 0x12, 1, 3, 0xe, 0, 0, 0\n"
	".popsection\n"
	/* Each function is in the one before, and has all instructions. */
	".pushsection .debug_info,\"\",@progbits\n"
	".long 3f-2f\n"
	"2: .2byte 4\n"
	".long 1b\n"
	".byte 8, 1\n"
	".rept 20000\n"
	".byte 2\n"
	".quad 0, -1\n"
	".long 0x100000\n"
	".endr\n"
	".fill 20001, 1, 0\n"
	"3:\n"
	".popsection\n");
