/*
 * command_line.h: the options of mixspool.fcgi.
 */
#ifndef COMMAND_LINE_H
#define COMMAND_LINE_H

#include <sys/stat.h>

#include "base/attributes.h"
#include "cgi/settings.h"

struct command_line {
	struct settings_options options;
	const char *address; /* -s, or NULL */
	mode_t socket_mode;  /* -m; 0660 by default */
};

#define COMMAND_LINE_OK (-1)

/*
 * COMMAND_LINE_OK: LINE is filled in, with strings that stay ARGV's. Else the
 * status to exit with: an option was wrong, and a message was printed, or -h or
 * -V was given.
 */
int command_line_parse(
    struct command_line *line, int argc, char **argv) MUST_USE;

#endif
