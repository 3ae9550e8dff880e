// Fault: prints much, moves the break in small steps, and does so in functions with long names
#define _GNU_SOURCE
#include "shared.h"

#define JOIN5(a, b, c, d, e) a##b##c##d##e
#define FIVE(name) JOIN5(name, name, name, name, name)
#define LONG FIVE(FIVE(FIVE(FIVE(ab))))
#define JOIN(a, b) a##b
#define NAMED(a, b) JOIN(a, b)
#define LAYER(name, next) \
	__attribute__((noinline)) void *NAMED(name, LONG)(intptr_t bytes) \
	{ \
		void *old = next(bytes); \
		__asm__ volatile(""); \
		return old; \
	}

static char text[60000];

static void *scatter(intptr_t bytes)
{
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 3 ? '<' : '"';
	syscall(SYS_write, 1, text, sizeof(text));
	for (int i = 0; i < 40; i++)
		move_break(8);
	return move_break(bytes);
}

LAYER(a, scatter)
LAYER(b, NAMED(a, LONG))
LAYER(c, NAMED(b, LONG))
LAYER(d, NAMED(c, LONG))
LAYER(e, NAMED(d, LONG))
LAYER(f, NAMED(e, LONG))
LAYER(g, NAMED(f, LONG))
LAYER(h, NAMED(g, LONG))

void *sbrk(intptr_t bytes)
{
	return bytes ? NAMED(h, LONG)(bytes) : move_break(0);
}
