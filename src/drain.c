/* mixspool drain: hands the batches of campaigns to a command. */

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "backoff.h"
#include "clock.h"
#include "feed.h"
#include "handover.h"
#include "lock.h"
#include "number.h"
#include "progress.h"
#include "target.h"
#include "tool.h"
#include "watch.h"

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

struct drain {
	uint64_t users; /* a run; 0 for all */
	uint64_t timeout;
	bool keep, follow, quiet;
	char **paths;
	size_t path_count;
	char **command;
	struct feed_signals signals;
	struct progress progress;
	/* With -f. */
	struct backoff backoff;
	bool unseen;    /* some of it could not be looked at, or watched */
	int pause;      /* s until all is looked at for that */
	bool said_that; /* it cannot be watched */
};

/* false: it is not drained, and why has been said. */
static bool
drain_campaign(struct drain *drain, const struct target *target, int new)
{
	const struct handover handover = {
	    .users = drain->users,
	    .timeout = drain->timeout,
	    .keep = drain->keep,
	    .command = drain->command,
	    .signals = &drain->signals,
	    .progress = &drain->progress,
	    .name = target->name,
	    .folder = target->folder,
	    .new = new,
	};
	enum handover_end end;
	pid_t holder = 0;
	int lock;

	lock = lock_campaign(target->folder, &holder);
	/* A follower looks again later: the other one may leave something. */
	if (lock < 0 && errno == EAGAIN && drain->quiet)
		return !drain->follow;
	if (lock < 0 && errno == EAGAIN && holder > 0)
		tool_say("%s: process %ld is draining it already", target->name,
		    (long)holder);
	else if (lock < 0)
		tool_say("%s: cannot lock its file lock: %s", target->name,
		    errno == EINVAL   ? "it is no regular file"
		    : errno == EMLINK ? "it has a second hard link, "
					"which root does not touch"
				      : strerror(errno));
	if (lock < 0)
		return false;
	end = handover_all(&handover);
	close(lock);
	return end != HANDOVER_TRY_LATER;
}

static bool
drain_target(struct drain *drain, const struct target *target)
{
	int new = campaign_folder(target->folder, "new");
	bool drained;

	if (new < 0 && errno == ENOENT)
		return true;
	if (new < 0) {
		tool_say(
		    "%s: cannot open new/: %s", target->name, strerror(errno));
		return false;
	}
	drained = drain_campaign(drain, target, new);
	close(new);
	return drained;
}

/* false: something stays for later. */
static bool
drain_targets(struct drain *drain, const struct targets *targets)
{
	bool all = !targets->incomplete, drained;
	size_t i;

	for (i = 0; i < targets->count && !drain->signals.stopping; i++) {
		const struct target *target = &targets->list[i];

		if (drain->follow &&
		    !backoff_is_due(&drain->backoff, target->folder))
			continue;
		drained = drain_target(drain, target);
		all &= drained;
		if (drain->follow)
			backoff_note(&drain->backoff, target->folder, drained);
	}
	return all;
}

static void
watch_for_more(struct drain *drain, struct watch *watch, const char *path,
    const struct targets *targets)
{
	drain->unseen |= targets->incomplete;
	if (watch_targets(watch, path, targets))
		return;
	drain->unseen = true;
	if (!drain->said_that)
		tool_say("cannot watch all of %s, so it is looked at from time "
			 "to time: %s",
		    path, strerror(errno));
	drain->said_that = true;
}

/* All that was named, once. What fails does not stop the others. */
static int
drain_all(struct drain *drain, struct watch *watch)
{
	struct targets targets;
	int result = EX_OK, error;
	size_t i;

	for (i = 0; i < drain->path_count && !drain->signals.stopping; i++) {
		error = targets_open(drain->paths[i], &targets);
		if (error) {
			result = error;
			continue;
		}
		if (watch)
			watch_for_more(drain, watch, drain->paths[i], &targets);
		if (!drain_targets(drain, &targets) && result == EX_OK)
			result = EX_TEMPFAIL;
		targets_free(&targets);
	}
	return result;
}

/*
 * ms until the next look, or -1. No event tells of what could not be looked at:
 * that is tried like a campaign that fails, see backoff.h.
 */
static int
pause_ms(struct drain *drain)
{
	int ms = backoff_ms(&drain->backoff);

	drain->pause = !drain->unseen      ? 0
		       : drain->pause == 0 ? 1
		       : drain->pause > 30 ? 60
					   : drain->pause * 2;
	drain->unseen = false;
	if (drain->pause > 0 && (ms < 0 || ms > drain->pause * 1000))
		return drain->pause * 1000;
	return ms;
}

/* Ends with a signal, or when a folder that was named is not there. */
static int
follow(struct drain *drain)
{
	struct watch watch;
	int64_t started;
	int result, ms;

	if (watch_open(&watch) < 0)
		return tool_fail(
		    EX_OSERR, "cannot watch folders: %s", strerror(errno));
	result = drain_all(drain, &watch);
	while (!drain->signals.stopping &&
	       (result == EX_OK || result == EX_TEMPFAIL)) {
		/* The command's end is not what is waited for. */
		feed_signals_read(&drain->signals);
		if (drain->signals.stopping)
			break;
		ms = pause_ms(drain);
		watch_wait(&watch, drain->signals.fd, ms);
		feed_signals_read(&drain->signals);
		if (drain->signals.stopping)
			break;
		started = clock_ms();
		result = drain_all(drain, &watch);
		backoff_forget_gone(&drain->backoff, started);
	}
	watch_close(&watch);
	backoff_free(&drain->backoff);
	return result == EX_TEMPFAIL ? EX_OK : result;
}

static bool
is_in_path(const char *command)
{
	const char *path = getenv("PATH"), *end;
	char file[4096];
	int length;

	if (strchr(command, '/'))
		return access(command, X_OK) == 0;
	for (path = path ? path : "/bin:/usr/bin";; path = end + 1) {
		end = strchrnul(path, ':');
		length = (int)(end - path);
		snprintf(file, sizeof file, "%.*s/%s", length ? length : 1,
		    length ? path : ".", command);
		if (access(file, X_OK) == 0)
			return true;
		if (!*end)
			return false;
	}
}

static int
parse_options(int argc, char **argv, struct drain *drain)
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
			if (number_parse(optarg, 0, UINT64_MAX, &drain->users) <
			    0)
				return tool_fail(EX_USAGE,
				    "-n is '%s': it takes a whole number",
				    optarg);
			break;
		case 't':
			if (number_parse_time(
				optarg, 1, MAX_TIME, &drain->timeout) < 0)
				return tool_fail(EX_USAGE,
				    "-t is '%s': it takes seconds, or a number "
				    "with m or h",
				    optarg);
			break;
		case 'k':
			drain->keep = true;
			break;
		case 'f':
			drain->follow = true;
			break;
		case 'q':
			drain->quiet = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return -1;
		default:
			return tool_wrong_option(
			    option, optopt, argv[optind - 1]);
		}
	}
	return EX_OK;
}

static int
parse(int argc, char **argv, struct drain *drain)
{
	int end = 1, status;

	*drain = (struct drain){.users = DEFAULT_USERS};
	/* What is behind the first "--" is the command's. */
	while (end < argc && strcmp(argv[end], "--") != 0)
		end++;
	status = parse_options(end, argv, drain);
	if (status != EX_OK)
		return status;
	drain->paths = argv + optind;
	drain->path_count = (size_t)(end - optind);
	if (drain->path_count == 0)
		return tool_fail(
		    EX_USAGE, "no spool or campaign given, see -h");
	if (end == argc)
		return tool_fail(EX_USAGE,
		    "no -- given: the command comes behind it, see -h");
	drain->command = argv + end + 1;
	if (!drain->command[0])
		return tool_fail(EX_USAGE, "no command behind the --, see -h");
	if (!is_in_path(drain->command[0]))
		return tool_fail(
		    EX_USAGE, "there is no command %s", drain->command[0]);
	return EX_OK;
}

int
drain(int argc, char **argv)
{
	struct drain drain;
	int status;

	status = parse(argc, argv, &drain);
	if (status != EX_OK)
		return status < 0 ? EX_OK : status;
	if (feed_signals_open(&drain.signals) < 0)
		return tool_fail(
		    EX_OSERR, "cannot handle signals: %s", strerror(errno));
	progress_start(&drain.progress);
	status = drain.follow ? follow(&drain) : drain_all(&drain, NULL);
	progress_end(&drain.progress);
	close(drain.signals.fd);
	return status;
}
