// Fault: has an error in what it says is line 1 of /etc/passwd, for that line to be quoted
#line 1 "/etc/passwd"
int quoted = ;

#include "osmem.h"
#include "block_meta.h"
#include <string.h>
#include <sys/mman.h>

#include "mapping.h"
