#include "test-utils.h"

int main(void)
{
	unsigned char *block = os_malloc(2000);
	unsigned char *again;
	int i;

	fill(block, 2000, 3);
	os_free(block);
	again = os_calloc(40, 50);
	for (i = 0; i < 2000; i++)
		FAIL_IF(again[i] != 0, "os_calloc returned a byte that is not 0");
	os_free(again);
	again = os_calloc(3, 4096);
	for (i = 0; i < 3 * 4096; i++)
		FAIL_IF(again[i] != 0, "a mapping has a byte that is not 0");
	os_free(again);
	return 0;
}
