#include "block_list.h"

static void insert_after(struct block_meta *block, struct block_meta *new)
{
	new->prev = block;
	new->next = block ? block->next : NULL;
	if (block)
		block->next = new;
	else
		blocks.first = new;
	if (new->next)
		new->next->prev = new;
	else
		blocks.last = new;
}

static void remove_after(struct block_meta *block)
{
	block->next = block->next->next;
	if (block->next)
		block->next->prev = block;
	else
		blocks.last = block;
}

struct block_meta *list_append(char *at, size_t size)
{
	struct block_meta *block = (struct block_meta *)at;

	block->size = size;
	block->status = STATUS_FREE;
	insert_after(blocks.last, block);
	return block;
}

int list_absorb(struct block_meta *block)
{
	struct block_meta *next = block->next;

	if (!next || next->status != STATUS_FREE || (char *)next != after(block))
		return 0;
	remove_after(block);
	block->size += META + next->size;
	return 1;
}

void list_coalesce(void)
{
	struct block_meta *block = blocks.first;

	while (block) {
		if (block->status != STATUS_FREE || !list_absorb(block))
			block = block->next;
	}
}

struct block_meta *list_best(size_t need)
{
	struct block_meta *best = NULL;

	/* From the end, so that the lowest of several equals wins. */
	for (struct block_meta *block = blocks.last; block; block = block->prev) {
		if (block->status == STATUS_FREE && block->size >= need &&
		    (!best || block->size <= best->size))
			best = block;
	}
	return best;
}

void list_split(struct block_meta *block, size_t need)
{
	size_t rest = block->size - need;
	struct block_meta *tail;

	if (rest < MIN_REST)
		return;
	block->size = need;
	tail = (struct block_meta *)after(block);
	tail->size = rest - META;
	tail->status = STATUS_FREE;
	insert_after(block, tail);
}
