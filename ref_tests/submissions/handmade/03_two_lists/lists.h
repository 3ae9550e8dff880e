#ifndef LISTS_H_
#define LISTS_H_

#include "block_meta.h"

#define META_SIZE (sizeof(struct block_meta))

struct list {
	struct block_meta *first;
};

void list_remove(struct list *l, struct block_meta *b);
void list_push(struct list *l, struct block_meta *b);
void list_insert_sorted(struct list *l, struct block_meta *b);

#endif
