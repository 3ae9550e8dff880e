#pragma once
#include "block_meta.h"

struct blist {
	struct block_meta *first;
};

static inline void push(struct blist *l, struct block_meta *b)
{
	b->prev = NULL;
	b->next = l->first;
	if (l->first != NULL)
		l->first->prev = b;
	l->first = b;
}

static inline void take_out(struct blist *l, struct block_meta *b)
{
	if (b->prev != NULL)
		b->prev->next = b->next;
	else
		l->first = b->next;
	if (b->next != NULL)
		b->next->prev = b->prev;
}
