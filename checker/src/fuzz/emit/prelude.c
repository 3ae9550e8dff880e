#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "osmem.h"

/* What a call returned, and what lies there. Call k is block[k]. */
static struct block {
	unsigned char *payload;
	size_t size;
	int live;
} block[CALLS + 1];

static int current;		/* the number of the call */
static uintptr_t heap;		/* where the heap starts */
static int maps, unmaps;	/* what the library asked for in this call */
static size_t map_length, unmap_length;

static uintptr_t current_break(void)
{
	return (uintptr_t)syscall(SYS_brk, 0);
}

/* Stands in front of the C library's, so that the library's calls are seen. */
void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	maps++;
	map_length = length;
	return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}

int munmap(void *address, size_t length)
{
	unmaps++;
	unmap_length = length;
	return (int)syscall(SYS_munmap, address, length);
}

__attribute__((noinline, format(printf, 1, 2))) void repro_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fprintf(stderr, "call %d: ", current);
	vfprintf(stderr, format, arguments);
	fprintf(stderr, "\n");
	va_end(arguments);
	_exit(1);
}

/* Byte i of the payload that call `number` fills. */
static unsigned char pattern(int number, size_t i)
{
	return (unsigned char)(1 + (number * 37 + i * 11) % 255);
}

static void check_kept(int number, const unsigned char *payload, size_t size, const char *what)
{
	for (size_t i = 0; i < size; i++)
		if (payload[i] != pattern(number, i))
			repro_fail("byte %zu of p%d %s", i, number, what);
}

static void check_all(void)
{
	for (int k = 1; k <= CALLS; k++)
		if (block[k].live)
			check_kept(k, block[k].payload, block[k].size, "has changed");
}

static void begin(int number, const char *text)
{
	current = number;
	maps = unmaps = 0;
	printf("%3d  %s", number, text);
}

static void *address_of(int number)
{
	return block[number].payload;
}

/* Looks at what the call returned, and fills it. `old` is the block that it resized, or 0. */
static void returned(void *result, size_t size, int zero, int old)
{
	unsigned char *payload = result;
	struct block *own = &block[current];

	printf(" = %p\n", result);
	if (old && result)
		block[old].live = 0;
	own->payload = payload;
	own->size = size;
	if (!result || !size)
		return;
	if ((uintptr_t)payload % ALIGNMENT)
		repro_fail("the result is not a multiple of %d", ALIGNMENT);
	for (int k = 1; k <= CALLS; k++)
		if (block[k].live && payload - HEADER < block[k].payload + block[k].size &&
		    block[k].payload - HEADER < payload + size)
			repro_fail("the result overlaps p%d", k);
	if (zero)
		for (size_t i = 0; i < size; i++)
			if (payload[i])
				repro_fail("byte %zu is not zero", i);
	if (old)
		check_kept(old, payload, size < block[old].size ? size : block[old].size,
			   "was not kept");
	for (size_t i = 0; i < size; i++)
		payload[i] = pattern(current, i);
	own->live = 1;
	check_all();
}

static void freed(int number)
{
	printf("\n");
	block[number].live = 0;
	check_all();
}

/* What the assignment asks for. */
static void expect_null(void)
{
	if (block[current].payload)
		repro_fail("returns %p, it must return NULL", (void *)block[current].payload);
}

static void expect_heap(size_t offset)
{
	if ((uintptr_t)block[current].payload != heap + offset)
		repro_fail("returns H%+td, it must return H+%zu",
			   (ptrdiff_t)((uintptr_t)block[current].payload - heap), offset);
}

static void expect_mapping(void)
{
	uintptr_t payload = (uintptr_t)block[current].payload;

	if (!payload || (payload >= heap && payload < current_break()))
		repro_fail("must return a block in a mapping of its own");
}

static void expect_system(size_t moved, int mapped, size_t mapped_length, int unmapped,
			  size_t unmapped_length)
{
	if (current_break() != heap + moved)
		repro_fail("the break is at H%+td, it must be at H+%zu",
			   (ptrdiff_t)(current_break() - heap), moved);
	if (maps != mapped || (mapped && map_length != mapped_length))
		repro_fail("%d mmap (%zu bytes), there must be %d (%zu bytes)", maps, map_length,
			   mapped, mapped_length);
	if (unmaps != unmapped || (unmapped && unmap_length != unmapped_length))
		repro_fail("%d munmap (%zu bytes), there must be %d (%zu bytes)", unmaps,
			   unmap_length, unmapped, unmapped_length);
}

/* Walks the headers: sizes and statuses must be those given, `count` of them. */
static void expect_blocks(int count, const size_t *sizes, const char *statuses)
{
	uintptr_t at = heap;

	for (int i = 0; i < count; i++) {
		size_t size;
		int status;

		if (at + HEADER > current_break())
			repro_fail("the heap has %d blocks, it must have %d", i, count);
		memcpy(&size, (char *)at + SIZE_OFFSET, sizeof(size));
		memcpy(&status, (char *)at + STATUS_OFFSET, sizeof(status));
		size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
		if (size != sizes[i] || status != (statuses[i] == 'u'))
			repro_fail("block %d, at H+%zu, has size %zu and status %d, it must have %zu and %d",
				   i + 1, (size_t)(at - heap), size, status, sizes[i],
				   statuses[i] == 'u');
		at += HEADER + size;
	}
	if (at != current_break())
		repro_fail("the blocks end at H+%zu, the break is at H+%zu", (size_t)(at - heap),
			   (size_t)(current_break() - heap));
}
