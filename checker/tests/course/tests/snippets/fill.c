#include "test-utils.h"

void fill(void *block, size_t size, unsigned char seed)
{
	unsigned char *bytes = block;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)(seed + i * 7);
}

int is_filled(const void *block, size_t size, unsigned char seed)
{
	const unsigned char *bytes = block;

	for (size_t i = 0; i < size; i++)
		if (bytes[i] != (unsigned char)(seed + i * 7))
			return 0;
	return 1;
}
