// Fault: embeds /etc/passwd in the library by a directive that an assembler macro puts together
__asm__(".macro both a b\n.\\a\\b \"/etc/passwd\"\n.endm\n"
	".section .rodata\n.global passwd\npasswd:\nboth inc bin\n.previous");

#include "osmem.h"
#include "block_meta.h"
#include <string.h>
#include <sys/mman.h>

#include "mapping.h"
