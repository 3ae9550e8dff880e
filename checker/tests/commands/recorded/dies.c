/* Ends by a signal. */
#include <stdlib.h>

int main(void)
{
	void *a = malloc(10);
	malloc(20);
	free(a);
	*(volatile int *)NULL = 1;
}
