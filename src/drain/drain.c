/* mixspool drain: hands the batches of campaigns to a command. */

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/number.h"
#include "base/say.h"
#include "drain/command.h"
#include "drain/rounds.h"
#include "tool/tool.h"

#define DEFAULT_USERS 1000
#define MAX_TIME UINT64_C(31536000) /* a year, in seconds */

static const char usage[] =
    "usage: mixspool drain [-n USERS] [-t TIME] [-k] [-f] [-q]\n"
    "                      DIR[/CAMPAIGN]... -- COMMAND [ARGUMENT]...\n"
    "\n"
    "Hands the users of campaigns, one JSON object a line, to COMMAND's "
    "standard\n"
    "input, oldest first, and removes the batches when it exits 0 and has "
    "read them\n"
    "all. Exit 65: the data is bad; those batches that say so alone move to "
    "failed/.\n"
    "Anything else: all stays for the next time.\n"
    "\n"
    "  -n USERS  whole batches of about so many users a run (1000), 0: all\n"
    "  -t TIME   or --timeout: kill a run that takes longer, in seconds, or\n"
    "            with m or h\n"
    "  -k        keep: move what was taken to done/ instead of removing it\n"
    "  -f        follow: wait for more, hand it over as it arrives\n"
    "  -q        quiet: another drain that runs already is no error\n"
    "\n"
    "COMMAND sees MIXSPOOL_CAMPAIGN, MIXSPOOL_USERS, MIXSPOOL_FIRST and\n"
    "MIXSPOOL_LAST, the names of the first and the last batch.\n";

static int
parse_options(int argc, char **argv, struct rounds *rounds)
{
	static const struct option names[] = {
	    {"timeout", required_argument, NULL, 't'},
	    {"keep", no_argument, NULL, 'k'},
	    {"follow", no_argument, NULL, 'f'},
	    {"quiet", no_argument, NULL, 'q'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "+:n:t:kfqh", names, NULL)) !=
	       -1) {
		switch (option) {
		case 'n':
			if (number_parse(
				optarg, 0, UINT64_MAX, &rounds->users) < 0)
				return say_fail(EX_USAGE,
				    "-n is '%s': it takes a whole number",
				    optarg);
			break;
		case 't':
			if (number_parse_time(
				optarg, 1, MAX_TIME, &rounds->timeout) < 0)
				return say_fail(EX_USAGE,
				    "-t is '%s': it takes seconds, or a number "
				    "with m or h",
				    optarg);
			break;
		case 'k':
			rounds->keep = true;
			break;
		case 'f':
			rounds->follow = true;
			break;
		case 'q':
			rounds->quiet = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return -1;
		default:
			return tool_wrong_option(option, optopt, argv);
		}
	}
	return EX_OK;
}

static int
parse(int argc, char **argv, struct rounds *rounds)
{
	int end = 1, status;

	*rounds = (struct rounds){.users = DEFAULT_USERS};
	/* What is behind the first "--" is the command's. */
	while (end < argc && strcmp(argv[end], "--") != 0)
		end++;
	status = parse_options(end, argv, rounds);
	if (status != EX_OK)
		return status;
	rounds->paths = argv + optind;
	rounds->path_count = (size_t)(end - optind);
	if (rounds->path_count == 0)
		return say_fail(EX_USAGE, "no spool or campaign given, see -h");
	if (end == argc)
		return say_fail(EX_USAGE,
		    "no -- given: the command comes behind it, see -h");
	rounds->command = argv + end + 1;
	if (!rounds->command[0] || !*rounds->command[0])
		return say_fail(EX_USAGE, "no command behind the --, see -h");
	if (strchr(rounds->command[0], '/') &&
	    access(rounds->command[0], F_OK) == 0 &&
	    !command_is_program(rounds->command[0]))
		return say_fail(
		    EX_USAGE, "%s is no program", rounds->command[0]);
	if (!command_is_found(rounds->command[0]))
		return say_fail(
		    EX_USAGE, "there is no command %s", rounds->command[0]);
	return EX_OK;
}

int
drain(int argc, char **argv)
{
	struct rounds rounds;
	int status;

	status = parse(argc, argv, &rounds);
	if (status != EX_OK)
		return status < 0 ? EX_OK : status;
	return rounds_run(&rounds);
}
