#include "test-utils.h"

int main(void)
{
	void *blocks[5];
	void *large;
	int i;

	for (i = 0; i < 5; i++)
		blocks[i] = os_malloc(20000);
	os_free(blocks[1]);
	os_free(blocks[3]);
	os_free(blocks[2]);
	/* The three are one block. */
	large = os_malloc(60000);
	FAIL_IF(large != blocks[1], "adjacent free blocks are not one block");
	os_free(large);
	os_free(blocks[0]);
	os_free(blocks[4]);
	return 0;
}
