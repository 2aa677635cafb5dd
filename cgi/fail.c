#include "cgi/fail.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

#define LINE_SIZE (PATH_MAX + 512) /* the reason stands behind a path */

/* One write, so that lines of several processes stay whole. */
static void PRINTF(1, 0) say_all(const char *format, va_list arguments)
{
	char line[LINE_SIZE];

	vsnprintf(line, sizeof line, format, arguments);
	fprintf(stderr, PROGRAM ": %s\n", line);
}

void
say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_all(format, arguments);
	va_end(arguments);
}

int
fail(int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_all(format, arguments);
	va_end(arguments);
	return status;
}
