#ifndef META_H
#define META_H

#include <stddef.h>

#define STATUS_FREE   0
#define STATUS_ALLOC  1
#define STATUS_MAPPED 2

/* no prev, I only go forward */
typedef struct meta {
	size_t size;
	int status;
	struct meta *next;
} Meta;

#endif
