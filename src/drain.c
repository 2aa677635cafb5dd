/* mixspool drain: hands the batches of campaigns to a command. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "batches.h"
#include "environment.h"
#include "feed.h"
#include "number.h"
#include "progress.h"
#include "target.h"
#include "tool.h"
#include "watch.h"

#define DEFAULT_USERS 1000
#define LOCK "lock"    /* in the campaign's folder; its holder drains */
#define MAX_BACKOFF 60 /* seconds */
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
    "  -t TIME   kill a run that takes longer: seconds, or with m or h\n"
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
};

/* One campaign while it is drained. */
struct campaign_drain {
	struct drain *drain;
	const char *name;
	int folder, new;
};

/* How a pass over a campaign, or a run, ended. */
enum verdict { WENT_WELL, REFUSED, TRY_LATER, STOPPED };

static void
describe(const struct campaign_drain *campaign, batch_name *names, size_t count,
    struct feed_result result)
{
	const char *command = campaign->drain->command[0];
	char what[160];

	switch (result.outcome) {
	case FEED_UNREAD:
		snprintf(what, sizeof what,
		    "exited with 0 but did not read all of its input");
		break;
	case FEED_EXITED:
		snprintf(
		    what, sizeof what, "exited with %" PRIu64, result.number);
		break;
	case FEED_KILLED:
		snprintf(what, sizeof what,
		    "was killed by signal %" PRIu64 " (%s)", result.number,
		    strsignal((int)result.number));
		break;
	case FEED_TIMED_OUT:
		snprintf(what, sizeof what,
		    "was killed after %" PRIu64 " seconds",
		    campaign->drain->timeout);
		break;
	default:
		snprintf(what, sizeof what, "could not be run or fed: %s",
		    strerror((int)result.number));
		break;
	}
	progress_clear(&campaign->drain->progress);
	tool_say("%s: %s %s; %zu batch%s (%s%s%s) for the next run",
	    campaign->name, command, what, count,
	    count == 1 ? " stays" : "es stay", names[0],
	    count == 1 ? "" : " to ", count == 1 ? "" : names[count - 1]);
}

/* Moves or removes batches that are done with; durable when it returns 0. */
static int
put_away(const struct campaign_drain *campaign, batch_name *names, size_t count,
    const char *state)
{
	struct stat status;
	int target = -1, result = 0;
	size_t i;

	if (state) {
		if (fstat(campaign->folder, &status) < 0)
			return -1;
		target = campaign_make_folder(
		    campaign->folder, state, status.st_mode & 0777);
		if (target < 0 || fsync(campaign->folder) < 0)
			result = -1;
	}
	for (i = 0; i < count && result == 0; i++) {
		result =
		    state ? renameat(campaign->new, names[i], target, names[i])
			  : unlinkat(campaign->new, names[i], 0);
		/* Somebody else took it: it is where it should be. */
		if (result < 0 && errno == ENOENT)
			result = 0;
	}
	/* The new name first, so that a power loss cannot lose both. */
	if (result == 0 && state)
		result = fsync(target);
	if (result == 0)
		result = fsync(campaign->new);
	if (target >= 0) {
		int error = errno;

		close(target);
		errno = error;
	}
	return result;
}

static enum verdict
put_away_or_say(const struct campaign_drain *campaign, batch_name *names,
    size_t count, const char *state)
{
	if (put_away(campaign, names, count, state) == 0)
		return WENT_WELL;
	progress_clear(&campaign->drain->progress);
	tool_say("%s: cannot %s%s what was handed over, it will be handed over "
		 "again: %s",
	    campaign->name, state ? "move to " : "remove", state ? state : "",
	    strerror(errno));
	return TRY_LATER;
}

static void
fed(void *context, size_t bytes)
{
	struct drain *drain = context;

	progress_bytes(&drain->progress, bytes);
}

/* One run of the command. */
static struct feed_result
run_command(const struct campaign_drain *campaign, batch_name *names,
    size_t count, size_t users)
{
	struct drain *drain = campaign->drain;
	struct environment environment;
	struct feed_result result;
	const struct feed_job job = {
	    .command = drain->command,
	    .environment = environment_with(&environment, campaign->name, users,
		names[0], names[count - 1]),
	    .folder = campaign->new,
	    .names = names,
	    .count = count,
	    .timeout = drain->timeout,
	    .progress = drain->progress.shown ? fed : NULL,
	    .context = drain,
	};

	if (!job.environment)
		return (struct feed_result){FEED_FAILED, ENOMEM};
	result = feed_run(&job, &drain->signals);
	environment_free(&environment);
	return result;
}

static enum verdict hand_over(const struct campaign_drain *campaign,
    batch_name *names, size_t count, size_t users);

/* The group is refused: which of its batches is it? */
static enum verdict
hand_over_singly(
    const struct campaign_drain *campaign, batch_name *names, size_t count)
{
	enum verdict verdict = WENT_WELL;
	size_t i, users, size;

	for (i = 0; i < count && verdict == WENT_WELL; i++) {
		if (batch_count_users(campaign->new, names[i], &users, &size) <
		    0)
			continue;
		verdict = hand_over(campaign, &names[i], 1, users);
	}
	return verdict;
}

static enum verdict
hand_over(const struct campaign_drain *campaign, batch_name *names,
    size_t count, size_t users)
{
	struct drain *drain = campaign->drain;
	struct feed_result result;
	enum verdict verdict;

	result = run_command(campaign, names, count, users);
	if (result.outcome == FEED_TAKEN) {
		verdict = put_away_or_say(
		    campaign, names, count, drain->keep ? "done" : NULL);
		if (verdict == WENT_WELL)
			progress_users(&drain->progress, users);
	} else if (result.outcome == FEED_EXITED &&
		   result.number == EX_DATAERR && count > 1) {
		verdict = hand_over_singly(campaign, names, count);
	} else if (result.outcome == FEED_EXITED &&
		   result.number == EX_DATAERR) {
		verdict = put_away_or_say(campaign, names, 1, "failed");
		if (verdict == WENT_WELL) {
			progress_clear(&drain->progress);
			tool_say("%s: %s refused %s: it is in failed/",
			    campaign->name, drain->command[0], names[0]);
		}
	} else {
		describe(campaign, names, count, result);
		verdict = TRY_LATER;
	}
	if (verdict == WENT_WELL && drain->signals.stopping)
		return STOPPED;
	return verdict;
}

/*
 * Takes whole batches off the front of the list, up to the users of a run, but
 * one at least. What cannot be read is skipped: it is no batch, or has been
 * taken by somebody else. -1 and errno for anything else.
 */
static int
next_group(const struct campaign_drain *campaign, struct batches *batches,
    size_t *from, size_t *first, size_t *count, size_t *users)
{
	uint64_t wanted = campaign->drain->users;
	size_t in, size;

	*count = *users = 0;
	*first = *from;
	for (; *from < batches->count; ++*from) {
		if (wanted > 0 && *users >= wanted)
			break;
		if (batch_count_users(
			campaign->new, batches->names[*from], &in, &size) < 0) {
			if (errno == ENOENT || errno == EINVAL ||
			    errno == ELOOP) {
				if (*count > 0)
					break;
				*first = *from + 1;
				continue;
			}
			return -1;
		}
		if (wanted > 0 && *count > 0 && *users + in > wanted)
			break;
		*users += in;
		++*count;
	}
	return 0;
}

/* Everything in new/, and what arrives meanwhile, until a look finds nothing.
 */
static enum verdict
drain_campaign(const struct campaign_drain *campaign)
{
	enum verdict verdict = WENT_WELL;
	struct batches batches;
	size_t from, first, count, users, handed;

	do {
		if (batches_list(campaign->new, &batches) < 0) {
			tool_say("%s: cannot read new/: %s", campaign->name,
			    strerror(errno));
			return TRY_LATER;
		}
		progress_expect(
		    &campaign->drain->progress, campaign->new, &batches);
		from = handed = 0;
		while (verdict == WENT_WELL && from < batches.count) {
			if (next_group(campaign, &batches, &from, &first,
				&count, &users) < 0) {
				tool_say("%s: cannot read %s: %s",
				    campaign->name, batches.names[from],
				    strerror(errno));
				verdict = TRY_LATER;
			} else if (count > 0) {
				handed += count;
				verdict = hand_over(campaign,
				    &batches.names[first], count, users);
			}
		}
		batches_free(&batches);
	} while (verdict == WENT_WELL && handed > 0);
	return verdict;
}

/*
 * The lock dies with this process, and the command does not inherit it:
 * fcntl(2), "Advisory record locking". Returns the descriptor that holds it,
 * -1 after a message, or -2 when somebody else has it and that is no error.
 */
static int
lock(const struct campaign_drain *campaign)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct stat status;
	int fd = -1;

	if (fstat(campaign->folder, &status) == 0)
		fd = openat(campaign->folder, LOCK,
		    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
		    status.st_mode & 0660);
	if (fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0)
		return fd;
	if (fd >= 0 && (errno == EACCES || errno == EAGAIN)) {
		if (campaign->drain->quiet) {
			close(fd);
			return -2;
		}
		if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
			tool_say("%s: process %ld is draining it already",
			    campaign->name, (long)lock.l_pid);
		else
			tool_say("%s: another process was draining it already",
			    campaign->name);
	} else
		tool_say(
		    "%s: cannot lock it: %s", campaign->name, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static enum verdict
drain_target(struct drain *drain, const struct target *target)
{
	struct campaign_drain campaign = {
	    .drain = drain, .name = target->name, .folder = target->folder};
	enum verdict verdict;
	int held;

	campaign.new = campaign_folder(target->folder, "new");
	if (campaign.new < 0 && errno == ENOENT)
		return WENT_WELL;
	if (campaign.new < 0) {
		tool_say(
		    "%s: cannot open new/: %s", target->name, strerror(errno));
		return TRY_LATER;
	}
	held = lock(&campaign);
	verdict = held == -2 ? WENT_WELL : TRY_LATER;
	if (held >= 0) {
		verdict = drain_campaign(&campaign);
		close(held);
	}
	close(campaign.new);
	return verdict;
}

/* All that was named, once. A campaign that fails does not stop the others. */
static int
drain_all(struct drain *drain, struct watch *watch)
{
	struct targets targets;
	int result = EX_OK, error;
	size_t i, j;

	for (i = 0; i < drain->path_count && !drain->signals.stopping; i++) {
		error = targets_open(drain->paths[i], &targets);
		if (error)
			return error;
		if (watch)
			watch_targets(watch, drain->paths[i], &targets);
		for (j = 0; j < targets.count && !drain->signals.stopping; j++)
			if (drain_target(drain, &targets.list[j]) == TRY_LATER)
				result = EX_TEMPFAIL;
		targets_free(&targets);
	}
	return result;
}

static int
follow(struct drain *drain)
{
	struct watch watch;
	unsigned backoff = 0;
	int result;

	if (watch_open(&watch) < 0)
		return tool_fail(
		    EX_OSERR, "cannot watch folders: %s", strerror(errno));
	do {
		result = drain_all(drain, &watch);
		if (result != EX_OK && result != EX_TEMPFAIL)
			break;
		backoff = result == EX_OK ? 0 : backoff == 0 ? 1 : backoff * 2;
		if (backoff > MAX_BACKOFF)
			backoff = MAX_BACKOFF;
		if (!drain->signals.stopping)
			watch_wait(&watch, drain->signals.fd, backoff);
		feed_signals_read(&drain->signals);
	} while (!drain->signals.stopping);
	watch_close(&watch);
	return result == EX_TEMPFAIL ? EX_OK : result;
}

static bool
is_in_path(const char *command)
{
	const char *path = getenv("PATH"), *end;
	char file[4096];

	if (strchr(command, '/'))
		return access(command, X_OK) == 0;
	for (path = path ? path : "/bin:/usr/bin";; path = end + 1) {
		end = strchrnul(path, ':');
		snprintf(file, sizeof file, "%.*s/%s", (int)(end - path),
		    end == path ? "." : path, command);
		if (access(file, X_OK) == 0)
			return true;
		if (!*end)
			return false;
	}
}

static int
parse_options(int argc, char **argv, struct drain *drain)
{
	int option;

	while ((option = getopt(argc, argv, "+:n:t:kfqh")) != -1) {
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
			return tool_wrong_option(option, optopt);
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
