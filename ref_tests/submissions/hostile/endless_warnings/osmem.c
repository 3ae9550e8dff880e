// Fault: has the compiler warn ten thousand times, in control characters
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

#define TEN(x) x x x x x x x x x x
/* The text is of control characters, which take six times their room when they are shown. */
#define WARN _Pragma("GCC warning \"\"")
TEN(TEN(TEN(TEN(WARN))))

static void hostile(void)
{
}

#define EACH_CALL hostile()
#include "mapping.h"
