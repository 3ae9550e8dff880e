#include <unistd.h>
#include "heap.h"

struct block_meta *heap_first;

size_t to_8(size_t n)
{
	return (n + 7) & (~(size_t)7);
}

/* is this block the one just before the program break? */
int ends_at_break(struct block_meta *b)
{
	char *brk_now = sbrk(0);

	return (char *)b + SIZEOF_META + b->size == brk_now;
}

struct block_meta *heap_last(void)
{
	struct block_meta *b = heap_first;

	while (b->next != NULL)
		b = b->next;
	return b;
}

void heap_join(struct block_meta *b)
{
	struct block_meta *dead = b->next;

	b->size = b->size + SIZEOF_META + dead->size;
	b->next = dead->next;
	if (b->next != NULL)
		b->next->prev = b;
}

void heap_split(struct block_meta *b, size_t size)
{
	size_t left = b->size - size;
	struct block_meta *s;

	if (left < SIZEOF_META + 8)
		return;

	s = (struct block_meta *)((char *)b + SIZEOF_META + size);
	s->size = left - SIZEOF_META;
	s->status = STATUS_FREE;
	s->next = b->next;
	s->prev = b;
	b->next = s;
	if (s->next != NULL)
		s->next->prev = s;
	b->size = size;
}

/* first joins the free blocks, then takes the smallest that is good */
struct block_meta *heap_search(size_t size)
{
	struct block_meta *b = heap_first;
	struct block_meta *res = NULL;

	while (b != NULL) {
		if (b->status == STATUS_FREE) {
			while (b->next != NULL && b->next->status == STATUS_FREE)
				heap_join(b);
			if (b->size >= size && (res == NULL || res->size > b->size))
				res = b;
		}
		b = b->next;
	}
	return res;
}
