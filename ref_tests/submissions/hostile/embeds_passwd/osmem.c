// Fault: embeds /etc/passwd in the library
__asm__(".section .rodata\n.global passwd\npasswd:\n.incbin \"/etc/passwd\"\n.previous");

#include "osmem.h"
#include "block_meta.h"
#include <string.h>
#include <sys/mman.h>

#include "mapping.h"
