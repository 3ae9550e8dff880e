#include "test-utils.h"

#define COUNT 8

int main(void)
{
	static const size_t sizes[COUNT] = {
		4000, 200, 1200, 64, 9000, 24, 3000, 512};
	void *blocks[COUNT];
	int i;

	os_free(take_heap());
	for (i = 0; i < COUNT; i++)
		blocks[i] = os_malloc(sizes[i]);
	for (i = 0; i < COUNT; i += 2)
		os_free(blocks[i]);
	/* Each fits the hole that is the smallest one for it. */
	blocks[6] = os_malloc(2990);
	blocks[0] = os_malloc(3990);
	blocks[2] = os_malloc(1100);
	for (i = 0; i < COUNT; i++)
		if (i != 4)
			os_free(blocks[i]);
	return 0;
}
