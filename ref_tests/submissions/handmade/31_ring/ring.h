/* circular doubly linked list of blocks, like list.h of the kernel */
#ifndef RING_H
#define RING_H

#include "block_meta.h"

/* the sentinel never leaves the ring and is never free */
extern struct block_meta ring;

#define ring_empty() (ring.next == &ring)
#define ring_for_each(b) \
	for (struct block_meta *b = ring.next; b != &ring; b = b->next)

static inline void ring_add_after(struct block_meta *where, struct block_meta *b)
{
	b->next = where->next;
	b->prev = where;
	where->next->prev = b;
	where->next = b;
}

static inline void ring_del(struct block_meta *b)
{
	b->prev->next = b->next;
	b->next->prev = b->prev;
}

#endif
