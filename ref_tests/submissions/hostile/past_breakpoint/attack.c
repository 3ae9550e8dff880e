// Fault: enters malloc after its first instruction
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *(*enter)(size_t);

/* The first instructions that are no longer than a jump, as they are in front of the rest. */
__attribute__((constructor)) static void hostile(void)
{
	static const unsigned char pushes[] = { 0x41, 0x54, 0x55, 0x53, 0x48, 0x83, 0xec };
	unsigned char *function = dlsym(RTLD_DEFAULT, "malloc");
	unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int length = 0;

	/* Printing has the C library take more memory than it needs. */
	printf("\n");
	/* push r12, push rbp, push rbx: whole instructions of one or two bytes. */
	while (length < 4 && memchr(pushes, function[length], 4))
		length += function[length] == 0x41 ? 2 : 1;
	memcpy(page, function, length);
	memcpy(page + length, "\x49\xbb", 2);
	*(unsigned char **)(page + length + 2) = function + length;
	memcpy(page + length + 10, "\x41\xff\xe3", 3);
	enter = (void *(*)(size_t))page;
}

static void use(void)
{
	*(volatile char *)enter(64) = 1;
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
