#include "tool/tool.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/say.h"

static mode_t umask_before;

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

/*
 * Is the letter among several behind one '-', of which getopt has not read all?
 * A letter above 127 is negative.
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
	/* A long option has no letter, unless it came with a wrong value. */
	const bool is_long = letter == 0 || letter > UCHAR_MAX ||
			     (strncmp(last, "--", 2) == 0 &&
				 !is_among_letters(letter, argv[optind]));
	const char *shown = is_long ? last : name;
	const int size = is_long ? (int)strcspn(last, "=") : 2;

	if (option == ':')
		return say_fail(
		    EX_USAGE, "option %.*s takes a value, see -h", size, shown);
	return say_fail(
	    EX_USAGE, "there is no option %.*s, see -h", size, shown);
}

int
tool_end_output(int status)
{
	/* A write that failed earlier counts: a part is missing. */
	if ((fflush(stdout) == EOF || ferror(stdout)) && status == EX_OK)
		return say_fail(EX_IOERR, "cannot write the output");
	return status;
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
