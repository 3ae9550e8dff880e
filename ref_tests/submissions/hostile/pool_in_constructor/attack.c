// Fault: takes a pool from malloc while it is loaded, and keeps its notes there
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static char *pool;

__attribute__((constructor)) static void hostile(void)
{
	void *(*volatile function)(size_t) = malloc;

	pool = function(1 << 20);
}

static void use(void)
{
	static unsigned int next;

	pool[next++ % (1 << 20)] = 1;
}

void *sbrk(intptr_t bytes)
{
	char *now = (char *)syscall(SYS_brk, 0);

	if (bytes == 0)
		return now;
	use();
	if ((char *)syscall(SYS_brk, now + bytes) != now + bytes)
		return (void *)-1;
	return now;
}
