#include "tool.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static const char *tool_name = "mixspool: ";

void
tool_set_name(const char *name)
{
	tool_name = name;
}

static void PRINTF(1, 0) say(const char *format, va_list arguments)
{
	fprintf(stderr, "mixspool %s: ", tool_name);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
}

void
tool_say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
}

int
tool_fail(int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	return status;
}

int
tool_wrong_option(int option, int letter, const char *argument)
{
	/*
	 * A long option's letter is none, and it stands in the argument, before
	 * a value that may be secret. A letter above 127 is negative.
	 */
	const char name[] = {'-', (char)letter, '\0'};
	const bool is_long = letter == 0 || letter > UCHAR_MAX ||
			     strncmp(argument, "--", 2) == 0;
	const char *said = is_long ? argument : name;
	const int size = is_long ? (int)strcspn(argument, "=") : 2;

	if (option == ':')
		return tool_fail(
		    EX_USAGE, "option %.*s takes a value, see -h", size, said);
	return tool_fail(
	    EX_USAGE, "there is no option %.*s, see -h", size, said);
}

const char *
tool_plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

int
tool_status_of(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
	case EROFS:
		return EX_NOPERM;
	case ENOENT:
	case ENOTDIR:
		return EX_NOINPUT;
	default:
		return EX_OSERR;
	}
}
