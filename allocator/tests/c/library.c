/* Uses libosmem.so as a submission's user would; a wrong answer is the exit
 * status. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

#define CHECK(condition)                                                       \
	do {                                                                   \
		if (!(condition))                                              \
			return __LINE__ % 256;                                 \
	} while (0)

static char *kernel_break(char *to)
{
	return (char *)syscall(SYS_brk, to);
}

static struct block_meta *header(void *payload)
{
	return (struct block_meta *)payload - 1;
}

/* The example of section C. */
static int example(void)
{
	char *start = kernel_break(NULL);
	char *payload = (char *)os_malloc(1000);
	char *mapped;

	CHECK(payload == start + 0x20);
	CHECK(kernel_break(NULL) == start + 0x20000);
	CHECK(header(payload)->size == 1000);
	CHECK(header(payload)->status == STATUS_ALLOC);
	CHECK(header(payload)->next->size == 130008);
	CHECK(header(payload)->next->status == STATUS_FREE);
	CHECK(header(payload)->next->next == NULL);
	CHECK(os_malloc(0) == NULL);
	mapped = (char *)os_malloc(131072);
	CHECK(header(mapped)->status == STATUS_MAPPED);
	memset(mapped, 1, 131072);
	os_free(mapped);
	os_free(payload);
	CHECK(header(payload)->status == STATUS_FREE);
	return 0;
}

/* E3: the system refuses; the heap stays usable. */
static int refused(void)
{
	/* A limit of 0 would let mappings pass. */
	struct rlimit none = { 1, RLIM_INFINITY };
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	char *payload = (char *)os_malloc(130000);
	char *before = kernel_break(NULL);

	CHECK(setrlimit(RLIMIT_DATA, &none) == 0);
	CHECK(os_malloc(5000) == NULL);
	CHECK(os_realloc(payload, 131000) == payload);
	CHECK(os_malloc(1 << 20) == NULL);
	CHECK(os_calloc(1, 1 << 20) == NULL);
	CHECK(kernel_break(NULL) == before);
	CHECK(setrlimit(RLIMIT_DATA, &all) == 0);
	os_free(payload);
	payload = (char *)os_malloc(130000);
	CHECK(payload != NULL);
	os_free(payload);
	return 0;
}

/* E5: another library moves the break, through the C library as this one does. */
static int foreign(void)
{
	char *filler = (char *)os_malloc(131000);
	char *end = kernel_break(NULL);
	char *payload;

	CHECK(sbrk(100) == end);
	memset(end, 0xee, 100);
	payload = (char *)os_malloc(131000);
	CHECK(payload > end + 100);
	CHECK((size_t)payload % 8 == 0);
	memset(payload, 0, 131000);
	for (int i = 0; i < 100; i++)
		CHECK((unsigned char)end[i] == 0xee);
	os_free(payload);
	os_free(filler);
	return 0;
}

/*
 * E3: a filter answers -ENOMEM to every move of the break, which the C
 * library takes for a very high break. For good: the last test of a process.
 */
static int filtered(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), /* system call number */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_brk, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16), /* argument, low half */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 6, filter };
	/* The largest that the heap gives: nothing stays free. */
	char *filler = (char *)os_malloc(131032);
	char *other = (char *)os_malloc(131032);
	char *last = (char *)os_malloc(8);

	CHECK(filler != NULL && other != NULL && last != NULL);
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
	CHECK(os_malloc(1000) == NULL);
	CHECK(os_realloc(last, 5000) == NULL);
	CHECK(header(last)->size == 8);
	os_free(filler);
	CHECK(os_malloc(1000) == filler);
	return 0;
}

/* For the debug mode: mistakes on purpose. */
static int mistakes(const char *which)
{
	char *payload = (char *)os_malloc(1000);
	char *mapped = (char *)os_calloc(2, 4096);

	if (strcmp(which, "leaks") == 0)
		return 0;
	os_free(mapped);
	os_free(payload);
	if (strcmp(which, "double") == 0)
		os_free(payload);
	if (strcmp(which, "unknown") == 0) {
		os_free(mapped);
		os_free(payload + 8);
		CHECK(os_realloc(payload + 8, 10) == NULL);
	}
	if (strcmp(which, "overflow") == 0) {
		payload = (char *)os_malloc(1000);
		memset(payload, 0xff, 1008);
		os_malloc(1);
	}
	return 0;
}

int main(int argc, char **argv)
{
	int wrong;

	if (argc > 1)
		return mistakes(argv[1]);
	wrong = example();
	if (wrong == 0)
		wrong = refused();
	if (wrong == 0)
		wrong = foreign();
	if (wrong == 0)
		wrong = filtered();
	return wrong;
}
