/*
 * block_meta.h - the header before each payload, and DIE.
 */
#ifndef BLOCK_META_H
#define BLOCK_META_H

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* The status of a block. */
#define STATUS_FREE 0	/* in the heap, free for later requests */
#define STATUS_ALLOC 1	/* in the heap, in use */
#define STATUS_MAPPED 2 /* a mapping of its own, in use */

/* Field offsets: size 0, status 8, prev 16, next 24. */
struct block_meta {
	size_t size; /* payload bytes, without this header */
	int status;  /* STATUS_FREE, STATUS_ALLOC or STATUS_MAPPED */
	struct block_meta *prev;
	struct block_meta *next;
};

/* The size of a header: 32 bytes, a multiple of 8. */
#define META sizeof(struct block_meta)

/*
 * Ends the process with a message when `assertion` holds, that is, when a
 * system call failed:
 *
 *	DIE(block == MAP_FAILED, "mmap");
 *
 * prints "(osmem.c, 42): mmap: Cannot allocate memory". The exit status is
 * errno, or 1 when errno is 0.
 */
#define DIE(assertion, call_description)                                       \
	do {                                                                   \
		if (assertion) {                                               \
			int die_errno = errno;                                 \
									       \
			fprintf(stderr, "(%s, %d): ", __FILE__, __LINE__);     \
			errno = die_errno;                                     \
			perror(call_description);                              \
			exit(die_errno ? die_errno : EXIT_FAILURE);            \
		}                                                              \
	} while (0)

#endif /* BLOCK_META_H */
