#include "tool.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
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
tool_wrong_option(int option, int letter)
{
	if (option == ':')
		return tool_fail(
		    EX_USAGE, "option -%c takes a value, see -h", letter);
	if (letter)
		return tool_fail(
		    EX_USAGE, "there is no option -%c, see -h", letter);
	return tool_fail(EX_USAGE, "there is no such option, see -h");
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
