#include "test-utils.h"

int main(void)
{
	void *blocks[6];
	int i;

	os_free(take_heap());
	for (i = 0; i < 6; i++)
		blocks[i] = os_malloc(30000 >> i);
	for (i = 0; i < 6; i++)
		os_free(blocks[i]);
	return 0;
}
