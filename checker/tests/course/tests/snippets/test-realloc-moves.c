#include "test-utils.h"

int main(void)
{
	unsigned char *block = os_malloc(700);
	unsigned char *wall = os_malloc(100);

	fill(block, 700, 5);
	fill(wall, 100, 6);
	block = os_realloc(block, 8000);
	FAIL_IF(!is_filled(block, 700, 5), "os_realloc lost the content");
	block = os_realloc(block, 300000);
	FAIL_IF(!is_filled(block, 700, 5), "the mapping lacks the content");
	block = os_realloc(block, 600);
	FAIL_IF(!is_filled(block, 600, 5), "back on the heap it is gone");
	FAIL_IF(!is_filled(wall, 100, 6), "the block beside it was changed");
	os_free(block);
	os_free(wall);
	return 0;
}
