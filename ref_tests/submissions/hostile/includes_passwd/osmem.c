// Fault: includes /etc/passwd, for its lines to be shown as errors
#include "/etc/passwd"

#include "osmem.h"
#include "block_meta.h"
#include <string.h>
#include <sys/mman.h>

#include "mapping.h"
