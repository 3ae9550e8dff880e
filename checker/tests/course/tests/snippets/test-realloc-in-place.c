#include "test-utils.h"

int main(void)
{
	unsigned char *block = take_heap();
	unsigned char *same;

	fill(block, 500, 4);
	same = os_realloc(block, 500);
	FAIL_IF(same != block, "a block that shrinks moves");
	same = os_realloc(block, 9000);
	FAIL_IF(!is_filled(same, 500, 4), "os_realloc lost the content");
	os_free(same);
	return 0;
}
