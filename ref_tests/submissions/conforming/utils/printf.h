/*
 * A printf that takes no memory from the heap, so that an allocator may print
 * about itself. Knows %d %i %u %x %p %s %c %% and the lengths l, ll and z.
 */
#ifndef PRINTF_H
#define PRINTF_H

/* To standard output; to standard error. */
int printf_(const char *format, ...) __attribute__((format(__printf__, 1, 2)));
int eprintf_(const char *format, ...) __attribute__((format(__printf__, 1, 2)));

#define printf printf_

#endif
