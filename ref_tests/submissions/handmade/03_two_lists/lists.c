#include "lists.h"

void list_remove(struct list *l, struct block_meta *b)
{
	if (b->prev)
		b->prev->next = b->next;
	else
		l->first = b->next;
	if (b->next)
		b->next->prev = b->prev;
	b->next = b->prev = NULL;
}

void list_push(struct list *l, struct block_meta *b)
{
	b->prev = NULL;
	b->next = l->first;
	if (l->first)
		l->first->prev = b;
	l->first = b;
}

/* by address */
void list_insert_sorted(struct list *l, struct block_meta *b)
{
	struct block_meta *it = l->first;

	if (!it || b < it) {
		list_push(l, b);
		return;
	}
	while (it->next && it->next < b)
		it = it->next;
	b->prev = it;
	b->next = it->next;
	if (it->next)
		it->next->prev = b;
	it->next = b;
}
