/* Compiles as C and as C++; DIE must end the process when told to. */
#include "osmem.h"
#include "osmem.h"
#include "block_meta.h"
#include "block_meta.h"
#include "printf.h"
#include "printf.h"

#ifdef __cplusplus
#define CHECK(condition) static_assert(condition, #condition)
#else
#define CHECK(condition) _Static_assert(condition, #condition)
#endif

CHECK(META == 32);
CHECK(offsetof(struct block_meta, size) == 0);
CHECK(offsetof(struct block_meta, status) == 8);
CHECK(offsetof(struct block_meta, prev) == 16);
CHECK(offsetof(struct block_meta, next) == 24);

int main(int argc, char **argv)
{
	(void)argv;
	DIE(argc == 0, "not reached");
	printf("before\n");
	errno = ENOMEM;
	DIE(argc > 0, "sbrk");
	return 0;
}
