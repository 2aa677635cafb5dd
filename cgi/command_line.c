#include "cgi/command_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/say.h"

#define SOCKET_MODE 0660

static const char usage[] =
    "usage: mixspool.fcgi -s SOCKET -d DIR [-v] [-j THREADS] [-m MODE]\n"
    "       mixspool.fcgi [-d DIR] [-v] [-j THREADS]   (a FastCGI socket on "
    "descriptor 0)\n"
    "       mixspool.fcgi   (CGI: only the environment counts)\n"
    "\n"
    "Receives Mixpanel's webhooks behind a web server and puts every user on\n"
    "disk, one JSON line each, before it answers 200.\n"
    "\n"
    "  -d DIR      the spool's folder (MIXSPOOL_DIR); required\n"
    "  -s SOCKET   listen there: ./PATH, HOST:PORT or [IPV6]:PORT\n"
    "  -m MODE     permissions of the socket at that path, octal (0660)\n"
    "  -j THREADS  requests read at a time, 1 to 1024 (MIXSPOOL_THREADS, 16)\n"
    "  -v          refused requests also on standard error (MIXSPOOL_LOG)\n"
    "  -V          print the version\n"
    "  -h          print this help\n"
    "\n"
    "Environment; numbers may end in K, M or G:\n"
    "  MIXSPOOL_MAX_BODY   bytes of a request's body (32M)\n"
    "  MIXSPOOL_MAX_USERS  users of a request (10000)\n"
    "  MIXSPOOL_MEMORY     bytes of all bodies at a time (64M)\n"
    "  MIXSPOOL_MIN_FREE   free bytes below which it answers 503 (64M)\n"
    "  MIXSPOOL_JOURNAL_DAYS  days that the journal is kept; 0: none (30)\n"
    "  MIXSPOOL_SECRET_FILE  the file with the password or token that\n"
    "                      requests need; read again on SIGHUP\n"
    "  MIXSPOOL_LOG        stderr: as -v\n"
    "  MIXSPOOL_SANDBOX    off: the process keeps all its rights (on)\n";

#define VERSION "mixspool.fcgi " MIXSPOOL_VERSION "\n"

static int
print(const char *text)
{
	fputs(text, stdout);
	return fflush(stdout) ? EX_IOERR : EX_OK;
}

static int
parse_mode(const char *text, mode_t *mode)
{
	if (!*text || text[strspn(text, "01234567")] || strlen(text) > 4)
		return -1;
	*mode = (mode_t)strtoul(text, NULL, 8);
	return *mode <= 0777 ? 0 : -1;
}

/* Checks that involve more than one option. */
static int
check(struct command_line *line, const char *mode, const char *argument)
{
	if (argument)
		return say_fail(
		    EX_USAGE, "'%s' is not an option, see -h", argument);
	if (!mode)
		return COMMAND_LINE_OK;
	if (!line->address)
		return say_fail(EX_USAGE, "-m is for the socket of -s, see -h");
	if (parse_mode(mode, &line->socket_mode) < 0)
		return say_fail(EX_USAGE,
		    "-m is '%s': it takes permissions in octal, such as 0660",
		    mode);
	return COMMAND_LINE_OK;
}

int
command_line_parse(struct command_line *line, int argc, char **argv)
{
	const char *mode = NULL;
	int option;

	*line = (struct command_line){.socket_mode = SOCKET_MODE};
	if (argc > 1 && !strcmp(argv[1], "--help"))
		return print(usage);
	if (argc > 1 && !strcmp(argv[1], "--version"))
		return print(VERSION);
	while ((option = getopt(argc, argv, ":d:s:m:j:vVh")) != -1) {
		switch (option) {
		case 'd':
			line->options.dir = optarg;
			break;
		case 's':
			line->address = optarg;
			break;
		case 'm':
			mode = optarg;
			break;
		case 'j':
			line->options.threads = optarg;
			break;
		case 'v':
			line->options.log_refusals = true;
			break;
		case 'V':
			return print(VERSION);
		case 'h':
			return print(usage);
		case ':':
			return say_fail(EX_USAGE,
			    "option -%c takes a value, see -h", optopt);
		case '?':
		default:
			/* getopt reports a long option as a second '-'. */
			return optopt == '-'
				   ? say_fail(EX_USAGE,
					 "there are no long options "
					 "except --help and --version")
				   : say_fail(EX_USAGE,
					 "there is no option -%c, see -h",
					 optopt);
		}
	}
	return check(line, mode, argv[optind]);
}
