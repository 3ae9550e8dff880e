// Fault: draws a lot while it is loaded, and takes 8 bytes too many or not
#define _GNU_SOURCE
#include "shared.h"

static int odd;

/* The kernel puts 16 random bytes there for every program. */
__attribute__((constructor)) static void draw(void)
{
	const unsigned char *random = (void *)getauxval(AT_RANDOM);

	odd = random[5] & 1;
}

void *sbrk(intptr_t bytes)
{
	return move_break(bytes ? bytes + 8 * odd : bytes);
}
