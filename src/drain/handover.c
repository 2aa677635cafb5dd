#include "drain/handover.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/say.h"
#include "drain/environment.h"
#include "spool/batches.h"
#include "spool/folder.h"
#include "spool/owner.h"
#include "tool/tool.h"

/* A turn takes this long, but so many times as long as its look at least. */
#define TURN_MS 1000
#define TURN_LOOKS 10

static void
describe(const struct handover *handover, batch_name *names, size_t count,
    struct feed_result result)
{
	const char *command = handover->command[0];
	char what[160];

	switch (result.outcome) {
	case FEED_UNREAD:
		snprintf(what, sizeof what,
		    "exited with 0 but did not read all of its input");
		break;
	case FEED_EXITED:
		snprintf(what, sizeof what, "exited with %d", result.number);
		break;
	case FEED_KILLED:
		snprintf(what, sizeof what, "was killed by signal %d (%s)",
		    result.number, strsignal(result.number));
		break;
	case FEED_STOPPED:
		snprintf(what, sizeof what,
		    "was stopped by signal %d (%s), as for using the "
		    "terminal, and killed",
		    result.number, strsignal(result.number));
		break;
	case FEED_TIMED_OUT:
		snprintf(what, sizeof what,
		    "was killed after %" PRIu64 " second%s", handover->timeout,
		    tool_plural(handover->timeout));
		break;
	case FEED_NOT_RUN:
		snprintf(what, sizeof what, "could not be run: %s",
		    strerror(result.number));
		break;
	default:
		snprintf(what, sizeof what, "could not be fed to its end: %s",
		    strerror(result.number));
		break;
	}
	progress_clear(handover->progress);
	say("%s: %s %s; %zu batch%s (%s%s%s) for the next run", handover->name,
	    command, what, count, count == 1 ? " stays" : "es stay", names[0],
	    count == 1 ? "" : " to ", count == 1 ? "" : names[count - 1]);
}

/* done/ or failed/, made when missing; an fsync has still to keep its name. */
static int
open_or_make(const struct handover *handover, const char *state)
{
	struct stat status;
	bool made;
	int fd;

	if (fstat(handover->folder, &status) < 0)
		return -1;
	fd = folder_make(handover->folder, state, &status, &made);
	if (fd >= 0 && made)
		owner_give(fd, &status);
	return fd;
}

/* To TARGET unless it is -1. */
static int
put_away_one(const struct handover *handover, const char *name, int target)
{
	if (target >= 0) {
		if (batch_move(handover->new, target, name) == 0)
			return 0;
		if (errno != EEXIST)
			return -1;
	}
	return unlinkat(handover->new, name, 0);
}

/* Moves or removes batches that are done with; durable when it returns 0. */
static int
put_away(const struct handover *handover, batch_name *names, size_t count,
    const char *state)
{
	int target = -1, result = 0;
	size_t i;

	if (state) {
		target = open_or_make(handover, state);
		if (target < 0 || fsync(handover->folder) < 0)
			result = -1;
	}
	for (i = 0; i < count && result == 0; i++) {
		result = put_away_one(handover, names[i], target);
		/* Somebody else took it: it is where it should be. */
		if (result < 0 && errno == ENOENT)
			result = 0;
	}
	/* The new name first, so that a power loss cannot lose both. */
	if (result == 0 && state)
		result = fsync(target);
	if (result == 0)
		result = fsync(handover->new);
	if (target >= 0) {
		int error = errno;

		close(target);
		errno = error;
	}
	return result;
}

static enum handover_end
put_away_or_say(const struct handover *handover, batch_name *names,
    size_t count, const char *state)
{
	if (put_away(handover, names, count, state) == 0)
		return HANDOVER_DONE;
	progress_clear(handover->progress);
	say("%s: cannot %s%s what was handed over, it will be handed over "
	    "again: %s",
	    handover->name, state ? "move to " : "remove", state ? state : "",
	    strerror(errno));
	return HANDOVER_TRY_LATER;
}

static void
fed(void *context, size_t bytes)
{
	progress_bytes(context, bytes);
}

/* One run of the command. */
static struct feed_result
run_command(const struct handover *handover, batch_name *names, size_t count,
    size_t users)
{
	struct environment environment;
	struct feed_result result;
	const struct feed_job job = {
	    .command = handover->command,
	    .environment = environment_with(&environment, handover->name, users,
		names[0], names[count - 1]),
	    .umask = tool_umask(),
	    .folder = handover->new,
	    .names = names,
	    .count = count,
	    .timeout = handover->timeout,
	    .progress = handover->progress->meter.shown ? fed : NULL,
	    .context = handover->progress,
	};

	if (!job.environment)
		return (struct feed_result){FEED_NOT_RUN, ENOMEM};
	result = feed_run(&job, handover->signals);
	environment_free(&environment);
	return result;
}

static enum handover_end hand_over(const struct handover *handover,
    batch_name *names, size_t count, size_t users);

/* The group is refused: which of its batches is it? */
static enum handover_end
hand_over_singly(
    const struct handover *handover, batch_name *names, size_t count)
{
	enum handover_end end = HANDOVER_DONE;
	size_t i, users;
	uint64_t bytes;

	for (i = 0; i < count && end == HANDOVER_DONE; i++) {
		if (batch_count_users(handover->new, names[i], &users, &bytes) <
		    0)
			continue;
		end = hand_over(handover, &names[i], 1, users);
	}
	return end;
}

static enum handover_end
hand_over(const struct handover *handover, batch_name *names, size_t count,
    size_t users)
{
	struct feed_result result;
	enum handover_end end;

	result = run_command(handover, names, count, users);
	if (result.outcome == FEED_TAKEN) {
		end = put_away_or_say(
		    handover, names, count, handover->keep ? "done" : NULL);
		if (end == HANDOVER_DONE)
			progress_users(handover->progress, users);
	} else if (result.outcome == FEED_EXITED &&
		   result.number == EX_DATAERR && count > 1) {
		/* Each batch is a run of its own, and none starts any more. */
		if (handover->signals->stopping)
			return HANDOVER_STOPPED;
		end = hand_over_singly(handover, names, count);
	} else if (result.outcome == FEED_EXITED &&
		   result.number == EX_DATAERR) {
		end = put_away_or_say(handover, names, 1, "failed");
		if (end == HANDOVER_DONE) {
			progress_clear(handover->progress);
			say("%s: %s refused %s: it is in failed/",
			    handover->name, handover->command[0], names[0]);
		}
	} else {
		describe(handover, names, count, result);
		end = HANDOVER_TRY_LATER;
	}
	if (end == HANDOVER_DONE && handover->signals->stopping)
		return HANDOVER_STOPPED;
	return end;
}

/*
 * Takes whole batches off the front of the list, up to the users of a run, but
 * one at least. What is no batch, or has been taken by somebody else, is
 * skipped. -1 and errno: names[*from] cannot be read, and is skipped next time.
 */
static int
next_group(const struct handover *handover, struct batches *batches,
    size_t *from, size_t *first, size_t *count, size_t *users)
{
	uint64_t bytes;
	size_t in;

	*count = *users = 0;
	*first = *from;
	for (; *from < batches->count; ++*from) {
		if (handover->users > 0 && *users >= handover->users)
			break;
		if (batch_count_users(handover->new, batches->names[*from], &in,
			&bytes) < 0) {
			if (*count > 0)
				break;
			if (errno != ENOENT && errno != EINVAL &&
			    errno != ELOOP)
				return -1;
			*first = *from + 1;
			continue;
		}
		if (handover->users > 0 && *count > 0 &&
		    *users + in > handover->users)
			break;
		*users += in;
		++*count;
	}
	return 0;
}

/*
 * Until clock_ms UNTIL, but past one run or one batch that cannot be read: each
 * turn gets on.
 */
static enum handover_end
hand_over_list(
    const struct handover *handover, struct batches *batches, int64_t until)
{
	enum handover_end end = HANDOVER_DONE;
	size_t from = 0, first, count, users;
	bool got_on = false, ran = false;

	while (from < batches->count &&
	       strcmp(batches->names[from], handover->passed) <= 0)
		from++;
	while (end == HANDOVER_DONE && from < batches->count) {
		if (got_on && clock_ms() >= until)
			return HANDOVER_MORE;
		if (next_group(
			handover, batches, &from, &first, &count, &users) < 0) {
			say("%s: cannot read %s: %s", handover->name,
			    batches->names[from], strerror(errno));
			memcpy(handover->passed, batches->names[from++],
			    sizeof(batch_name));
			got_on = true;
		} else if (count > 0) {
			end = hand_over(
			    handover, &batches->names[first], count, users);
			got_on = ran = true;
		}
	}
	if (end != HANDOVER_DONE)
		return end;
	return *handover->passed ? HANDOVER_TRY_LATER
	       : ran             ? HANDOVER_MORE
				 : HANDOVER_DONE;
}

enum handover_end
handover_turn(const struct handover *handover)
{
	int64_t started = clock_ms(), looked;
	enum handover_end end;
	struct batches batches;

	if (batches_list(handover->new, &batches) < 0) {
		say("%s: cannot read new/: %s", handover->name,
		    strerror(errno));
		return HANDOVER_TRY_LATER;
	}
	progress_expect(handover->progress, handover->new, &batches);
	/* A look at a large backlog is not to be repeated for a run or two. */
	looked = (clock_ms() - started) * TURN_LOOKS;
	end = hand_over_list(handover, &batches,
	    started + (looked > TURN_MS ? looked : TURN_MS));
	batches_free(&batches);
	return end;
}
