#include "../snippets/test-utils.h"

int main(void)
{
	char *first = os_malloc(1986);
	char *second;

	FAIL_IF(first == NULL, "no memory");
	fill(first, 1986, 1);
	second = os_malloc(100);
	fill(second, 100, 2);
	FAIL_IF(!is_filled(first, 1986, 1), "the first block lost its content");
	os_free(first);
	os_free(second);
	return 0;
}
