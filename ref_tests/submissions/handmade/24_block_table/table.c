#include <unistd.h>
#include "block_meta.h"
#include "table.h"

struct descriptor table[MAX_BLOCKS];
int block_count;

void table_write_header(int index)
{
	struct block_meta *header = (struct block_meta *)table[index].address;

	header->size = table[index].size;
	header->status = table[index].used ? STATUS_ALLOC : STATUS_FREE;
	header->prev = index > 0 ?
		(struct block_meta *)table[index - 1].address : NULL;
	header->next = index + 1 < block_count ?
		(struct block_meta *)table[index + 1].address : NULL;
}

void table_insert(int index, char *address, size_t size, int used)
{
	if (block_count == MAX_BLOCKS) {
		static const char text[] = "osmem: too many blocks\n";

		if (write(2, text, sizeof(text) - 1) < 0)
			_exit(2);
		_exit(1);
	}
	for (int i = block_count; i > index; i--)
		table[i] = table[i - 1];
	block_count++;
	table[index].address = address;
	table[index].size = size;
	table[index].used = used;
	table_write_header(index);
	if (index > 0)
		table_write_header(index - 1);
	if (index + 1 < block_count)
		table_write_header(index + 1);
}

void table_remove(int index)
{
	block_count--;
	for (int i = index; i < block_count; i++)
		table[i] = table[i + 1];
}

/* binary search, -1 when there is no block at the address */
int table_find(char *address)
{
	int low = 0, high = block_count - 1;

	while (low <= high) {
		int mid = (low + high) / 2;

		if (table[mid].address == address)
			return mid;
		if (table[mid].address < address)
			low = mid + 1;
		else
			high = mid - 1;
	}
	return -1;
}
