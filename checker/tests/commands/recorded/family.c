/* Each function of the family, once at least. */
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	char *a = malloc(5);
	char *b = calloc(2, 3);
	a = realloc(a, 500);
	reallocarray(NULL, 3, 4);
	aligned_alloc(64, 128);
	void *p;
	posix_memalign(&p, 256, 100);
	memalign(16, 24);
	valloc(50);
	char *c = strdup("string");
	free(malloc(0));
	malloc(PTRDIFF_MAX);
	free(NULL);
	realloc(c, 0);
	free(a);
	realloc(b, PTRDIFF_MAX);
	b = realloc(b, 9);
	free(b);
	posix_memalign(&p, 3, 100);
	reallocarray(NULL, SIZE_MAX, 2);
	write(1, "printed\n", 8);
	_exit(7);
}
