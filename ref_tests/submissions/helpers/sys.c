#include "sys.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel itself is asked: the C library's sbrk trusts what it remembers. */
static char *brk_call(char *to)
{
	return (char *)syscall(SYS_brk, to);
}

char *sys_break(void)
{
	return brk_call(NULL);
}

/* Returns where the new bytes begin. The kernel answers a break that it cannot move with the old one. */
char *sys_grow(size_t bytes)
{
	char *old = sys_break();

	return brk_call(old + bytes) == old + bytes ? old : NULL;
}

void *sys_map(size_t bytes)
{
	void *start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return start == MAP_FAILED ? NULL : start;
}

int sys_unmap(void *start, size_t bytes)
{
	return munmap(start, bytes) == 0;
}
