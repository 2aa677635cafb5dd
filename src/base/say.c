#include "base/say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/printable.h"

static char program[64] = "mixspool";
static void (*taker)(bool is_warning, const char *text);

void
say_set_program(const char *name)
{
	snprintf(program, sizeof program, "%s", name);
}

/* How many of SIZE bytes a print left, given what snprintf returned. */
static size_t
printed(int result, size_t size)
{
	if (result < 0)
		return 0;
	return (size_t)result < size ? (size_t)result : size - 1;
}

static void PRINTF(2, 0)
    say_line(bool is_warning, const char *format, va_list arguments)
{
	char text[SAY_MAX], line[SAY_MAX];
	const int error = errno;
	size_t size =
	    printed(snprintf(line, sizeof line, "%s: ", program), sizeof line);

	size += printable_copy(line + size, sizeof line - size, text,
	    printed(
		vsnprintf(text, sizeof text, format, arguments), sizeof text));
	if (taker) {
		line[size] = '\0';
		taker(is_warning, line + strcspn(line, " ") + 1);
		errno = error;
		return;
	}
	line[size++] = '\n';
	/* There is nowhere to report that standard error does not work. */
	(void)!fd_write_all(STDERR_FILENO, line, size);
	errno = error;
}

void
say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_line(false, format, arguments);
	va_end(arguments);
}

void
say_warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_line(true, format, arguments);
	va_end(arguments);
}

void
say_take(void (*take)(bool is_warning, const char *text))
{
	taker = take;
}

int
say_fail(int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_line(false, format, arguments);
	va_end(arguments);
	return status;
}
