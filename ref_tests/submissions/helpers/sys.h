/* The system calls, each with its result checked. NULL: it failed. */
#ifndef SYS_H
#define SYS_H

#include <stddef.h>

char *sys_break(void);
char *sys_grow(size_t bytes);
void *sys_map(size_t bytes);
int sys_unmap(void *start, size_t bytes);

#endif
