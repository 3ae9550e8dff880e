#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "osmem.h"
#include "block_meta.h"
#include "table.h"

#define MMAP_THRESHOLD (128UL * 1024)
#define HEADER (sizeof(struct block_meta))

static size_t align(size_t n)
{
	return (n + 7) & ~7UL;
}

static char *move_break(size_t bytes)
{
	char *old = sbrk(bytes);

	DIE(old == (char *)-1, "sbrk");
	return old;
}

static void split_entry(int i, size_t need)
{
	size_t rest = table[i].size - need;

	if (rest < HEADER + 8)
		return;
	table[i].size = need;
	table_insert(i + 1, table[i].address + HEADER + need, rest - HEADER, 0);
}

static void merge_entry(int i)
{
	table[i].size += HEADER + table[i + 1].size;
	table_remove(i + 1);
}

static void coalesce(void)
{
	int i = 0;

	while (i + 1 < block_count) {
		if (!table[i].used && !table[i + 1].used) {
			merge_entry(i);
			table_write_header(i);
		} else {
			i++;
		}
	}
}

static void *heap_block(size_t need)
{
	int best = -1;
	int last;

	if (block_count == 0)
		table_insert(0, move_break(MMAP_THRESHOLD),
			     MMAP_THRESHOLD - HEADER, 0);
	coalesce();

	for (int i = 0; i < block_count; i++) {
		if (table[i].used || table[i].size < need)
			continue;
		if (best < 0 || table[i].size <= table[best].size)
			best = i;
	}

	last = block_count - 1;
	if (best >= 0) {
		split_entry(best, need);
	} else if (!table[last].used) {
		move_break(need - table[last].size);
		table[last].size = need;
		best = last;
	} else {
		best = last + 1;
		table_insert(best, move_break(HEADER + need), need, 1);
	}
	table[best].used = 1;
	table_write_header(best);
	return table[best].address + HEADER;
}

static void *mapped_block(size_t need)
{
	struct block_meta *header = mmap(NULL, HEADER + need,
					 PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	DIE(header == MAP_FAILED, "mmap");
	header->size = need;
	header->status = STATUS_MAPPED;
	header->prev = NULL;
	header->next = NULL;
	return header + 1;
}

static void *get_memory(size_t size, size_t limit)
{
	if (size == 0 || size > SIZE_MAX / 2)
		return NULL;
	if (HEADER + align(size) > limit)
		return mapped_block(align(size));
	return heap_block(align(size));
}

void *os_malloc(size_t size)
{
	return get_memory(size, MMAP_THRESHOLD);
}

void os_free(void *ptr)
{
	struct block_meta *header;
	int i;

	if (ptr == NULL)
		return;
	header = (struct block_meta *)ptr - 1;
	i = table_find((char *)header);
	if (i >= 0) {
		table[i].used = 0;
		table_write_header(i);
	} else if (header->status == STATUS_MAPPED) {
		DIE(munmap(header, HEADER + header->size) != 0, "munmap");
	}
}

void *os_calloc(size_t nmemb, size_t size)
{
	void *ptr;

	if (nmemb != 0 && size > SIZE_MAX / nmemb)
		return NULL;
	ptr = get_memory(nmemb * size, getpagesize());
	if (ptr != NULL)
		memset(ptr, 0, nmemb * size);
	return ptr;
}

static void *copy_block(void *ptr, size_t old_size, size_t size)
{
	void *copy = os_malloc(size);

	if (copy == NULL)
		return NULL;
	memcpy(copy, ptr, old_size < size ? old_size : size);
	os_free(ptr);
	return copy;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *header;
	size_t need = align(size);
	int i;

	if (ptr == NULL)
		return os_malloc(size);
	if (size == 0) {
		os_free(ptr);
		return NULL;
	}

	header = (struct block_meta *)ptr - 1;
	if (header->status == STATUS_MAPPED)
		return copy_block(ptr, header->size, size);

	i = table_find((char *)header);
	if (i < 0 || !table[i].used)
		return NULL;
	if (size > SIZE_MAX / 2 || HEADER + need > MMAP_THRESHOLD)
		return copy_block(ptr, table[i].size, size);

	if (need > table[i].size && i == block_count - 1) {
		move_break(need - table[i].size);
		table[i].size = need;
		return ptr;
	}
	while (table[i].size < need && i + 1 < block_count && !table[i + 1].used)
		merge_entry(i);
	if (table[i].size < need)
		return copy_block(ptr, table[i].size, size);
	split_entry(i, need);
	return ptr;
}
