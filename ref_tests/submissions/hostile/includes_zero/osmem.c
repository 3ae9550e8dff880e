// Fault: includes a device that never ends
#include "/dev/zero"

#include "osmem.h"
#include "block_meta.h"
#include <string.h>
#include <sys/mman.h>

#include "mapping.h"
