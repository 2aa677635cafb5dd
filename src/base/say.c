#include "base/say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"

static char program[64] = "mixspool";

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

static void PRINTF(1, 0) say_line(const char *format, va_list arguments)
{
	char line[SAY_MAX];
	const int error = errno;
	size_t size =
	    printed(snprintf(line, sizeof line, "%s: ", program), sizeof line);

	size += printed(
	    vsnprintf(line + size, sizeof line - size, format, arguments),
	    sizeof line - size);
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
	say_line(format, arguments);
	va_end(arguments);
}

int
say_fail(int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_line(format, arguments);
	va_end(arguments);
	return status;
}
