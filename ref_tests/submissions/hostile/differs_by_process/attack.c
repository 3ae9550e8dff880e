// Fault: loses the second half of what it resizes in processes of an odd number
#define _GNU_SOURCE
#include <stddef.h>
#include <unistd.h>

/* What moves the content of a block. */
void *memcpy(void *to, const void *from, size_t size)
{
	size_t index, end = getpid() % 2 ? size / 2 : size;

	for (index = 0; index < end; index++)
		((volatile char *)to)[index] = ((const char *)from)[index];
	return to;
}
