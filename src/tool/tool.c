#include "tool/tool.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static const char *tool_name = "mixspool: ";
static mode_t umask_before;

void
tool_set_name(const char *name)
{
	tool_name = name;
}

void
tool_take_umask(void)
{
	umask_before = umask(0);
}

mode_t
tool_umask(void)
{
	return umask_before;
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

/*
 * Is the letter one of several behind one '-', which getopt is not through
 * with? A letter above 127 is negative.
 */
static bool
is_among_letters(int letter, const char *argument)
{
	return argument && argument[0] == '-' && argument[1] != '-' &&
	       strchr(argument + 1, (char)letter);
}

int
tool_wrong_option(int option, int letter, char *const *argv)
{
	const char *last = argv[optind - 1];
	const char name[] = {'-', (char)letter, '\0'};
	/* A long option has no letter, or brings a value that it does not take.
	 */
	const bool is_long = letter == 0 || letter > UCHAR_MAX ||
			     (strncmp(last, "--", 2) == 0 &&
				 !is_among_letters(letter, argv[optind]));
	const char *said = is_long ? last : name;
	const int size = is_long ? (int)strcspn(last, "=") : 2;

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
