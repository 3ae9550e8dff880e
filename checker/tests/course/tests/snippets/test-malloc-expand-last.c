#include "test-utils.h"

int main(void)
{
	void *first = take_heap();
	void *second = os_malloc(1000);
	void *third;

	os_free(second);
	/* The last block is free: the break moves by what is missing. */
	third = os_malloc(5000);
	os_free(third);
	os_free(first);
	return 0;
}
