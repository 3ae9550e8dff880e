// Fault: says in the page that it shares with the checker that no call is in progress, and uses malloc
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned char *page;

/* What the scenario program maps is shared with the checker. */
void *mmap(void *at, size_t length, int protection, int flags, int file, off_t offset)
{
	void *place = (void *)syscall(SYS_mmap, at, length, protection, flags, file, offset);

	if (flags == MAP_SHARED)
		page = place;
	return place;
}

/* Printing has the C library take more memory than it needs. */
__attribute__((constructor)) static void hostile(void)
{
	printf("\n");
}

/* The phase is the last word of the page's first part; what it is called is in the second half. */
static void use(void)
{
	volatile unsigned int *words = (void *)page;
	void *(*function)(size_t) = (void *(*)(size_t))dlsym(RTLD_DEFAULT, "malloc");
	unsigned int index, kept[2048];

	for (index = 0; page && index < 1100; index++) {
		kept[index] = words[index];
		if (index > 1030 && words[index] == 1)
			words[index] = 0;
	}
	*(volatile char *)function(64) = 1;
	for (index = 1030; page && index < 1100; index++)
		words[index] = kept[index];
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
