/* The header in front of every payload. */
#ifndef BLOCK_META_H
#define BLOCK_META_H

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "printf.h"

#define DIE(assertion, call_description)                                     \
	do {                                                                 \
		if (assertion) {                                             \
			eprintf_("(%s, %d): %s: errno %d\n", __FILE__,       \
				 __LINE__, call_description, errno);         \
			exit(errno ? errno : EXIT_FAILURE);                  \
		}                                                            \
	} while (0)

enum {
	STATUS_FREE = 0,
	STATUS_ALLOC = 1,
	STATUS_MAPPED = 2
};

struct block_meta {
	size_t size; /* payload bytes */
	int status;
	struct block_meta *prev, *next;
};

#endif
