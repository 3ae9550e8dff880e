// Fault: serves the first request of each process, and crashes in the next
#define EACH_CALL if (served++) *(volatile int *)8 = 0

static int served;

#include "mapping.h"
