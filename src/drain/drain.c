/* mixspool drain: hands the batches of campaigns to a command. */

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/say.h"
#include "drain/backoff.h"
#include "drain/command.h"
#include "drain/rounds.h"
#include "drain/system_log.h"
#include "tool/options.h"
#include "tool/program.h"
#include "tool/tool.h"

#define DEFAULT_USERS 1000
#define MAX_TIME UINT64_C(31536000) /* a year, in seconds */
#define MAX_PAUSE UINT64_C(86400)   /* a day; in ms it fits into an int */

static const char usage[] =
    "usage: mixspool drain [-n USERS] [-t TIME] [--skip-after N] [--pause "
    "TIME]\n"
    "                      [-k] [-f] [-q] [--log syslog]\n"
    "                      DIR[/CAMPAIGN]... -- COMMAND [ARGUMENT]...\n"
    "\n"
    "Hands the users of campaigns to COMMAND's standard input, one JSON "
    "object a line,\n"
    "oldest first. When COMMAND has read them all and exits with 0, their "
    "batches are\n"
    "removed. Exit 65 means bad data: smaller and smaller parts of it are then "
    "handed\n"
    "over, and a user for whom alone COMMAND exits with 65 goes to failed/. "
    "After any\n"
    "other end the batches stay.\n"
    "\n"
    "  -n USERS  give a run whole batches, of about USERS users (1000); 0: "
    "all\n"
    "  -t TIME   or --timeout: kill a run that takes longer; seconds, or with "
    "m or h\n"
    "  --skip-after N  go on behind a batch that has failed N times in a row: "
    "the\n"
    "            users are then not in order\n"
    "  -k        keep: move batches to done/ instead of removing them\n"
    "  -f        follow: wait for more batches, hand them over as they "
    "arrive\n"
    "  --pause TIME  with -f: try again after so long at most (1m) when runs "
    "fail\n"
    "  -q        quiet: no error if another drain is running\n"
    "  --log syslog  report to the system's log, not on standard error\n"
    "\n"
    "COMMAND's environment has MIXSPOOL_CAMPAIGN, MIXSPOOL_USERS (how many), "
    "and\n"
    "MIXSPOOL_FIRST and MIXSPOOL_LAST, the names of the first and last "
    "batch.\nMIXSPOOL_PART is 1 if one of them is not whole, and "
    "MIXSPOOL_SKIP says how\nmany lines of the first one come before; "
    "MIXSPOOL_CUT is 1 if more of the last\none come behind.\n";

#define AT(member) offsetof(struct drain_options, member)

static const struct options_entry entries[] = {
    {NULL, 'n', OPTIONS_COUNT, AT(users), 0, UINT64_MAX, "a whole number"},
    {"timeout", 't', OPTIONS_TIME, AT(timeout), 1, MAX_TIME,
	"seconds, or a number with m or h"},
    {"skip-after", '\0', OPTIONS_COUNT, AT(skip_after), 1, UINT64_MAX,
	"a whole number from 1 on"},
    {"pause", '\0', OPTIONS_TIME, AT(pause), 1, MAX_PAUSE,
	"seconds, or a number with m or h, 1 to 86400"},
    {"keep", 'k', OPTIONS_FLAG, AT(keep), 0, 0, NULL},
    {"follow", 'f', OPTIONS_FLAG, AT(follow), 0, 0, NULL},
    {"quiet", 'q', OPTIONS_FLAG, AT(quiet), 0, 0, NULL},
    {"log", '\0', OPTIONS_TEXT, AT(log), 0, 0, NULL},
};

/* From here on all is reported there. */
static int
drain_log(const char *where)
{
	if (strcmp(where, "syslog") != 0)
		return say_fail(
		    EX_USAGE, "--log is '%s': it takes syslog", where);
	if (system_log_take() < 0)
		say("cannot reach the system's log: %s", strerror(errno));
	return EX_OK;
}

static int
drain_parse(int argc, char **argv, struct drain_options *options)
{
	struct stat file;
	int end = 1, status;

	*options = (struct drain_options){
	    .users = DEFAULT_USERS, .pause = BACKOFF_LONGEST};
	/* All after the first "--" is the command's. */
	while (end < argc && strcmp(argv[end], "--") != 0)
		end++;
	status = options_parse_anywhere(end, argv, usage, entries,
	    sizeof entries / sizeof *entries, options);
	if (status == EX_OK && options->log)
		status = drain_log(options->log);
	if (status != EX_OK)
		return status;
	options->paths = argv + optind;
	options->path_count = (size_t)(end - optind);
	if (options->path_count == 0)
		return say_fail(EX_USAGE, "no spool or campaign given, see -h");
	if (end == argc)
		return say_fail(EX_USAGE,
		    "no -- given: the command comes after it, see -h");
	options->command = argv + end + 1;
	if (!options->command[0] || !*options->command[0])
		return say_fail(EX_USAGE, "no command after the --, see -h");
	if (strchr(options->command[0], '/') &&
	    access(options->command[0], F_OK) == 0 &&
	    !command_is_program(options->command[0]))
		return say_fail(
		    EX_USAGE, "%s is not a program", options->command[0]);
	if (!command_find(options->command[0], &file))
		return say_fail(
		    EX_USAGE, "there is no command %s", options->command[0]);
	return EX_OK;
}

/* `mixspool once` starts mixspool-once at once: each run would start this
   program only to find that. PATH is the caller's room for it. */
static void
find_program(struct drain_options *options, char path[PROGRAM_PATH_SIZE])
{
	char **command = options->command;
	struct stat file;
	size_t count = 1;

	if (!command[1] || !command_find(command[0], &file) ||
	    !program_find(&file, command[1], path))
		return;
	while (command[count])
		count++;
	/* Without it each run takes longer. */
	options->program = malloc(count * sizeof *command);
	if (!options->program)
		return;
	memcpy(options->program, command + 1, count * sizeof *command);
	options->program[0] = path;
}

static int
run_rounds(const struct drain_options *options)
{
	struct signals signals;
	struct watch watch = {-1};
	int status;

	if (signals_open(&signals) < 0)
		return say_fail(
		    EX_OSERR, "cannot handle signals: %s", strerror(errno));
	if (options->follow && watch_open(&watch) < 0)
		return say_fail(
		    EX_OSERR, "cannot watch folders: %s", strerror(errno));
	status = rounds_run(options, &signals, &watch);
	watch_close(&watch);
	signals_close(&signals);
	return status;
}

int
drain(int argc, char **argv)
{
	struct drain_options options;
	char path[PROGRAM_PATH_SIZE];
	int status;

	status = drain_parse(argc, argv, &options);
	if (status != EX_OK)
		return status < 0 ? EX_OK : status;
	find_program(&options, path);
	status = run_rounds(&options);
	free(options.program);
	return status;
}
