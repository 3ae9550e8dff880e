#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include "printf.h"

/* Text on its way to a file descriptor. */
struct sink {
	int fd;
	int written;
	size_t used;
	char text[256];
};

static void sink_flush(struct sink *sink)
{
	size_t done = 0;

	while (done < sink->used) {
		ssize_t n = write(sink->fd, sink->text + done, sink->used - done);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	sink->used = 0;
}

static void sink_char(struct sink *sink, char c)
{
	if (sink->used == sizeof(sink->text))
		sink_flush(sink);
	sink->text[sink->used++] = c;
	sink->written++;
}

static void sink_string(struct sink *sink, const char *s)
{
	if (!s)
		s = "(null)";
	while (*s)
		sink_char(sink, *s++);
}

static void sink_number(struct sink *sink, unsigned long long value,
			unsigned int base)
{
	char digits[24];
	size_t count = 0;

	do {
		digits[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (count)
		sink_char(sink, digits[--count]);
}

static void sink_signed(struct sink *sink, long long value)
{
	if (value < 0)
		sink_char(sink, '-');
	sink_number(sink, value < 0 ? 0ULL - (unsigned long long)value
				    : (unsigned long long)value, 10);
}

static int print_to(int fd, const char *format, va_list args)
{
	struct sink sink = { .fd = fd };

	for (; *format; format++) {
		int is_long = 0;

		if (*format != '%') {
			sink_char(&sink, *format);
			continue;
		}
		for (format++; *format == 'l' || *format == 'z'; format++)
			is_long = 1;
		switch (*format) {
		case 'd':
		case 'i':
			sink_signed(&sink, is_long ? va_arg(args, long)
						   : va_arg(args, int));
			break;
		case 'u':
			sink_number(&sink, is_long ? va_arg(args, unsigned long)
						   : va_arg(args, unsigned int), 10);
			break;
		case 'x':
			sink_number(&sink, is_long ? va_arg(args, unsigned long)
						   : va_arg(args, unsigned int), 16);
			break;
		case 'p':
			sink_string(&sink, "0x");
			sink_number(&sink, (unsigned long)va_arg(args, void *), 16);
			break;
		case 's':
			sink_string(&sink, va_arg(args, const char *));
			break;
		case 'c':
			sink_char(&sink, (char)va_arg(args, int));
			break;
		case '\0':
			format--;
			break;
		default:
			sink_char(&sink, *format);
		}
	}
	sink_flush(&sink);
	return sink.written;
}

int printf_(const char *format, ...)
{
	va_list args;
	int written;

	va_start(args, format);
	written = print_to(STDOUT_FILENO, format, args);
	va_end(args);
	return written;
}

int eprintf_(const char *format, ...)
{
	va_list args;
	int written;

	va_start(args, format);
	written = print_to(STDERR_FILENO, format, args);
	va_end(args);
	return written;
}
