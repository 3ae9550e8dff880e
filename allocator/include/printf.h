/*
 * printf.h - a printf that never touches the heap.
 *
 * The C library's printf allocates a buffer with malloc on first use, which
 * moves the break under your allocator and shows up in a trace. This one puts
 * the line together on the stack and writes it to standard output with a
 * single write(2).
 *
 * It knows %d %i %u %x %X %p %s %c %%, the lengths l, ll, z and h, hh, the
 * flags - and 0, a width and a precision (both also as *). What it does not
 * know is copied as it stands. Output past OSMEM_PRINTF_MAX bytes is cut off.
 * Returns the number of bytes written, or -1.
 *
 * Include it after, or instead of, <stdio.h>.
 */
#ifndef OSMEM_PRINTF_H
#define OSMEM_PRINTF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#ifndef OSMEM_PRINTF_MAX
#define OSMEM_PRINTF_MAX 1024
#endif

struct osmem_line {
	char text[OSMEM_PRINTF_MAX];
	size_t length;
};

/* One conversion specification, such as %-08lx. */
struct osmem_spec {
	int left;	/* flag - */
	int zero;	/* flag 0 */
	int width;	/* least number of characters */
	int precision;	/* most characters of a string, least digits; -1: none */
	int size;	/* 0 int, 1 long, 2 long long, 3 size_t, -1 short, -2 char */
};

static inline void osmem_put(struct osmem_line *line, char c)
{
	if (line->length < sizeof(line->text))
		line->text[line->length++] = c;
}

static inline void osmem_fill(struct osmem_line *line, char c, int count)
{
	/* What does not fit is cut off anyway, so a huge width costs nothing. */
	if (count > OSMEM_PRINTF_MAX)
		count = OSMEM_PRINTF_MAX;
	while (count-- > 0)
		osmem_put(line, c);
}

static inline void osmem_put_text(struct osmem_line *line,
				  const struct osmem_spec *spec,
				  const char *text)
{
	size_t length = 0;

	if (text == NULL)
		text = "(null)";
	while ((spec->precision < 0 || length < (size_t)spec->precision) &&
	       text[length] != '\0')
		length++;
	if (!spec->left && (size_t)spec->width > length)
		osmem_fill(line, ' ', spec->width - (int)length);
	for (size_t i = 0; i < length; i++)
		osmem_put(line, text[i]);
	if (spec->left && (size_t)spec->width > length)
		osmem_fill(line, ' ', spec->width - (int)length);
}

/* `prefix` is a sign or "0x"; zeros go between it and the digits. */
static inline void osmem_put_number(struct osmem_line *line,
				    const struct osmem_spec *spec,
				    const char *prefix,
				    unsigned long long value, unsigned int base,
				    int upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char reversed[24];
	int count = 0, zeros = 0, prefixed = 0, pad;

	/* As in the standard, no digit at all for 0 with precision 0. */
	while (value != 0 || (count == 0 && spec->precision != 0)) {
		reversed[count++] = digits[value % base];
		value /= base;
	}
	while (prefix[prefixed] != '\0')
		prefixed++;
	if (spec->precision > count)
		zeros = spec->precision - count;
	if (spec->zero && !spec->left && spec->precision < 0 &&
	    spec->width > count + prefixed)
		zeros = spec->width - count - prefixed;
	/* Subtracting step by step cannot overflow. */
	pad = spec->width - count - prefixed - zeros;
	if (!spec->left)
		osmem_fill(line, ' ', pad);
	for (int i = 0; i < prefixed; i++)
		osmem_put(line, prefix[i]);
	osmem_fill(line, '0', zeros);
	while (count > 0)
		osmem_put(line, reversed[--count]);
	if (spec->left)
		osmem_fill(line, ' ', pad);
}

/* Reads digits; a number that is too large stays large. */
static inline const char *osmem_read_number(const char *format, int *number)
{
	*number = 0;
	for (; *format >= '0' && *format <= '9'; format++)
		if (*number < 1000000)
			*number = *number * 10 + (*format - '0');
	return format;
}

static inline const char *osmem_read_size(const char *format, int *size)
{
	*size = 0;
	if (*format == 'z' || *format == 't') {
		*size = 3;
		format++;
	} else {
		for (; *format == 'l' && *size < 2; format++)
			++*size;
		for (; *size <= 0 && *format == 'h' && *size > -2; format++)
			--*size;
	}
	return format;
}

/*
 * va_arg changes a va_list for the caller only when it is passed by address,
 * and an array type such as x86_64's decays on the way: hence a structure.
 */
struct osmem_args {
	va_list list;
};

static inline long long osmem_signed(struct osmem_args *args, int size)
{
	switch (size) {
	case 3:
		return va_arg(args->list, ptrdiff_t);
	case 2:
		return va_arg(args->list, long long);
	case 1:
		return va_arg(args->list, long);
	case -1:
		return (short)va_arg(args->list, int);
	case -2:
		return (signed char)va_arg(args->list, int);
	default:
		return va_arg(args->list, int);
	}
}

static inline unsigned long long osmem_unsigned(struct osmem_args *args,
						int size)
{
	switch (size) {
	case 3:
		return va_arg(args->list, size_t);
	case 2:
		return va_arg(args->list, unsigned long long);
	case 1:
		return va_arg(args->list, unsigned long);
	case -1:
		return (unsigned short)va_arg(args->list, unsigned int);
	case -2:
		return (unsigned char)va_arg(args->list, unsigned int);
	default:
		return va_arg(args->list, unsigned int);
	}
}

/* Reads flags, width, precision and length. */
static inline const char *osmem_read_spec(const char *format,
					  struct osmem_spec *spec,
					  struct osmem_args *args)
{
	spec->left = 0;
	spec->zero = 0;
	spec->precision = -1;
	for (;; format++) {
		if (*format == '-')
			spec->left = 1;
		else if (*format == '0')
			spec->zero = 1;
		else
			break;
	}
	if (*format == '*') {
		spec->width = va_arg(args->list, int);
		format++;
		if (spec->width < 0) {
			spec->left = 1;
			spec->width = spec->width < -1000000 ? 1000000 :
							       -spec->width;
		}
	} else {
		format = osmem_read_number(format, &spec->width);
	}
	if (*format == '.') {
		format++;
		if (*format == '*') {
			spec->precision = va_arg(args->list, int);
			format++;
		} else {
			format = osmem_read_number(format, &spec->precision);
		}
	}
	return osmem_read_size(format, &spec->size);
}

/* Prints one conversion; 0 when it is none of those above. */
static inline int osmem_convert(struct osmem_line *line, char conversion,
				struct osmem_spec *spec,
				struct osmem_args *args)
{
	char one[2] = { 0, 0 };
	long long number;

	switch (conversion) {
	case 'd':
	case 'i':
		number = osmem_signed(args, spec->size);
		/* Negating as unsigned holds for the smallest number too. */
		osmem_put_number(line, spec, number < 0 ? "-" : "",
				 number < 0 ? 0ULL - (unsigned long long)number :
					      (unsigned long long)number,
				 10, 0);
		return 1;
	case 'u':
		osmem_put_number(line, spec, "",
				 osmem_unsigned(args, spec->size), 10, 0);
		return 1;
	case 'x':
	case 'X':
		osmem_put_number(line, spec, "",
				 osmem_unsigned(args, spec->size), 16,
				 conversion == 'X');
		return 1;
	case 'p': {
		void *address = va_arg(args->list, void *);

		if (address == NULL)
			osmem_put_text(line, spec, "(nil)");
		else
			osmem_put_number(line, spec, "0x", (uintptr_t)address,
					 16, 0);
		return 1;
	}
	case 's':
		osmem_put_text(line, spec, va_arg(args->list, const char *));
		return 1;
	case 'c':
		one[0] = (char)va_arg(args->list, int);
		/* A zero byte is a character too. */
		if (!spec->left)
			osmem_fill(line, ' ', spec->width - 1);
		osmem_put(line, one[0]);
		if (spec->left)
			osmem_fill(line, ' ', spec->width - 1);
		return 1;
	case '%':
		osmem_put(line, '%');
		return 1;
	default:
		return 0;
	}
}

static inline void osmem_format(struct osmem_line *line, const char *format,
				struct osmem_args *args)
{
	struct osmem_spec spec;

	while (*format != '\0') {
		const char *end;

		if (*format != '%') {
			osmem_put(line, *format++);
			continue;
		}
		end = osmem_read_spec(format + 1, &spec, args);
		if (*end != '\0' && osmem_convert(line, *end, &spec, args))
			format = end + 1;
		else
			osmem_put(line, *format++);
	}
}

#ifdef __GNUC__
__attribute__((__format__(__printf__, 1, 2), __unused__))
#endif
static inline int osmem_printf(const char *format, ...)
{
	struct osmem_line line;
	struct osmem_args args;

	line.length = 0;
	va_start(args.list, format);
	osmem_format(&line, format, &args);
	va_end(args.list);
	return (int)write(STDOUT_FILENO, line.text, line.length);
}

#undef printf
#define printf osmem_printf

#endif /* OSMEM_PRINTF_H */
