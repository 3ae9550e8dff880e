// Fault: has the compiler write gigabytes of zeros that are not all zeros
char big[1ul << 33] = { 1 };

#include "osmem.h"
#include "block_meta.h"
#include <string.h>
#include <sys/mman.h>

#include "mapping.h"
