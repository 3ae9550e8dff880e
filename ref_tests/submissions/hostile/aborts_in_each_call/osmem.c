// Fault: aborts in every call, and so makes few different mistakes
#include <stdlib.h>

#define EACH_CALL abort()
#include "mapping.h"
