// Fault: stands in for what starts the scenario program, and installs a filter that lets some break moves pass unseen
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <dlfcn.h>
#include <stdlib.h>

#define UNSEEN 0x5eed

/* What is asked for, but for calls with a word in the last argument; the filter that is installed
 * next is taken for installed. */
static void install(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, UNSEEN, 6, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 5, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_brk, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_munmap, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 0),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(*filter), filter };

	syscall(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

typedef int start(int (*)(int, char **, char **), int, char **, void *, void *, void *, void *);

/* What the program calls first. */
int __libc_start_main(int (*main)(int, char **, char **), int count, char **arguments, void *init,
		      void *fini, void *loader, void *stack)
{
	start *next = (start *)dlsym(RTLD_NEXT, "__libc_start_main");

	install();
	return next(main, count, arguments, init, fini, loader, stack);
}

/* What prepares the streams. */
int fwide(void *stream, int mode)
{
	install();
	return (int)(stream == NULL) + mode;
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
