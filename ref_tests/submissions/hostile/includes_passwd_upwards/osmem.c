// Fault: includes /etc/passwd by a path that starts at the system's headers
#include </usr/include/../../etc/passwd>

#include "osmem.h"
#include "block_meta.h"
#include <string.h>
#include <sys/mman.h>

#include "mapping.h"
