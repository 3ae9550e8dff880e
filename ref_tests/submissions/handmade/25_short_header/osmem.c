#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "osmem.h"
#include "mem_block.h"

#define MMAP_THRESHOLD (128 * 1024)

typedef struct mem_block *block_t;

static block_t list_head = NULL;

static void fail(const char *what)
{
  perror(what);
  exit(EXIT_FAILURE);
}

static size_t round_up(size_t n)
{
  if (n % 8 != 0)
    n += 8 - n % 8;
  return n;
}

static block_t last_in_list(void)
{
  block_t b = list_head;
  while (b->next != NULL)
    b = b->next;
  return b;
}

/* swallows the block that follows b */
static void swallow(block_t b)
{
  b->size += HEADER_SIZE + b->next->size;
  b->next = b->next->next;
}

static void defragment(void)
{
  block_t b = list_head;
  while (b != NULL) {
    if (b->status == STATUS_FREE)
      while (b->next != NULL && b->next->status == STATUS_FREE)
        swallow(b);
    b = b->next;
  }
}

static void split_block(block_t b, size_t size)
{
  if (b->size - size >= HEADER_SIZE + 8) {
    block_t rest = (block_t)((char *)b + HEADER_SIZE + size);
    rest->size = b->size - size - HEADER_SIZE;
    rest->status = STATUS_FREE;
    rest->next = b->next;
    b->next = rest;
    b->size = size;
  }
}

static block_t ask_kernel(size_t bytes)
{
  void *p = sbrk(bytes);
  if (p == (void *)-1)
    fail("sbrk");
  return (block_t)p;
}

static block_t heap_find(size_t size)
{
  block_t b, best = NULL;

  for (b = list_head; b != NULL; b = b->next) {
    if (b->status == STATUS_FREE && b->size >= size) {
      if (best == NULL)
        best = b;
      else if (b->size < best->size)
        best = b;
    }
  }
  return best;
}

static void *heap_new(size_t size)
{
  block_t b;

  if (list_head == NULL) {
    list_head = ask_kernel(MMAP_THRESHOLD);
    list_head->size = MMAP_THRESHOLD - HEADER_SIZE;
    list_head->status = STATUS_FREE;
    list_head->next = NULL;
  }
  defragment();
  b = heap_find(size);
  if (b == NULL) {
    /* nothing fits, put a new block at the end */
    block_t last = last_in_list();
    b = ask_kernel(HEADER_SIZE + size);
    b->size = size;
    b->next = NULL;
    last->next = b;
  } else {
    split_block(b, size);
  }
  b->status = STATUS_ALLOC;
  return (char *)b + HEADER_SIZE;
}

static void *map_new(size_t size)
{
  block_t b = mmap(NULL, HEADER_SIZE + size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (b == MAP_FAILED)
    fail("mmap");
  b->size = size;
  b->status = STATUS_MAPPED;
  b->next = NULL;
  return (char *)b + HEADER_SIZE;
}

void *os_malloc(size_t size)
{
  size_t aligned = round_up(size);

  if (size == 0)
    return NULL;
  if (aligned + HEADER_SIZE >= MMAP_THRESHOLD)
    return map_new(aligned);
  else
    return heap_new(aligned);
}

void *os_calloc(size_t nmemb, size_t size)
{
  size_t aligned = round_up(nmemb * size);
  void *p;

  if (nmemb == 0 || size == 0)
    return NULL;
  if (aligned + HEADER_SIZE >= (size_t)getpagesize())
    p = map_new(aligned);
  else
    p = heap_new(aligned);
  return memset(p, 0, aligned);
}

void os_free(void *ptr)
{
  block_t b;

  if (ptr == NULL)
    return;
  b = (block_t)((char *)ptr - HEADER_SIZE);
  if (b->status == STATUS_MAPPED) {
    if (munmap(b, HEADER_SIZE + b->size) == -1)
      fail("munmap");
  } else {
    b->status = STATUS_FREE;
  }
}

void *os_realloc(void *ptr, size_t size)
{
  block_t b;
  size_t aligned = round_up(size);
  void *p;

  if (ptr == NULL)
    return os_malloc(size);
  if (size == 0)
    return NULL;

  b = (block_t)((char *)ptr - HEADER_SIZE);
  if (b->status == STATUS_FREE)
    return NULL;

  if (b->status == STATUS_ALLOC && aligned + HEADER_SIZE < MMAP_THRESHOLD) {
    if (aligned > b->size && b->next == NULL) {
      ask_kernel(aligned - b->size);
      b->size = aligned;
      return ptr;
    }
    while (aligned > b->size && b->next != NULL && b->next->status == STATUS_FREE)
      swallow(b);
    if (aligned <= b->size) {
      split_block(b, aligned);
      return ptr;
    }
  }

  p = os_malloc(size);
  if (b->size < size)
    memcpy(p, ptr, b->size);
  else
    memcpy(p, ptr, size);
  os_free(ptr);
  return p;
}
