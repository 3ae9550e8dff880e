#ifndef TABLE_H_
#define TABLE_H_

#include <stddef.h>

#define MAX_BLOCKS 1000

/* What we know about a block of the heap. Index order is address order. */
struct descriptor {
	char *address;	/* of the header */
	size_t size;	/* of the payload */
	int used;
};

extern struct descriptor table[MAX_BLOCKS];
extern int block_count;

void table_insert(int index, char *address, size_t size, int used);
void table_remove(int index);
int table_find(char *address);
void table_write_header(int index);

#endif /* TABLE_H_ */
