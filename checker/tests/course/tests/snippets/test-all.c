#include "test-utils.h"

#define COUNT 12

int main(void)
{
	unsigned char *blocks[COUNT];
	size_t sizes[COUNT];
	int i;

	for (i = 0; i < COUNT; i++) {
		sizes[i] = 100 + 333 * i;
		blocks[i] = i % 3 ? os_malloc(sizes[i]) : os_calloc(1, sizes[i]);
		fill(blocks[i], sizes[i], i);
	}
	for (i = 0; i < COUNT; i += 4) {
		os_free(blocks[i]);
		blocks[i] = NULL;
	}
	for (i = 1; i < COUNT; i += 2) {
		blocks[i] = os_realloc(blocks[i], 2 * sizes[i]);
		FAIL_IF(!is_filled(blocks[i], sizes[i], i), "content lost");
	}
	blocks[0] = os_malloc(6000);
	blocks[4] = os_malloc(200000);
	for (i = 0; i < COUNT; i++)
		os_free(blocks[i]);
	return 0;
}
