#include "test-utils.h"

int main(void)
{
	void *block;

	FAIL_IF(os_malloc(0) != NULL, "os_malloc(0) is not NULL");
	os_free(NULL);
	block = os_malloc(128 * 1024);
	FAIL_IF(block == NULL, "no memory");
	os_free(block);
	return 0;
}
