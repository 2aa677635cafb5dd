#include "drain/handover.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "drain/environment.h"
#include "drain/put_away.h"
#include "tool/tool.h"

/* A turn lasts TURN_MS, or so many times as long as listing the batches took,
   whichever is longer. */
#define TURN_MS 1000
#define TURN_LISTINGS 10

enum verdict { TAKEN, REFUSED, FAILED };

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
	    .command = handover->options->command,
	    .environment = environment_with(&environment, handover->name, users,
		names[0], names[count - 1]),
	    .umask = tool_umask(),
	    .folder = handover->new,
	    .names = names,
	    .count = count,
	    .timeout = handover->options->timeout,
	    .progress = handover->progress->meter.shown ? fed : NULL,
	    .context = handover->progress,
	};

	if (!job.environment)
		return (struct feed_result){FEED_NOT_RUN, ENOMEM};
	result = feed_run(&job, handover->signals);
	environment_free(&environment);
	return result;
}

/* FAILED has been reported. */
static enum verdict
run_and_judge(const struct handover *handover, batch_name *names, size_t count,
    size_t users)
{
	const struct feed_result result =
	    run_command(handover, names, count, users);

	if (result.outcome == FEED_TAKEN)
		return TAKEN;
	if (result.outcome == FEED_EXITED && result.number == EX_DATAERR)
		return REFUSED;
	messages_not_taken(
	    handover->messages, handover->name, names, count, result);
	return FAILED;
}

/* Acts on the verdict. A refused batch comes alone. */
static enum handover_end
act_on_verdict(const struct handover *handover, batch_name *names, size_t count,
    size_t users, enum verdict verdict)
{
	const char *state = verdict == REFUSED        ? "failed"
			    : handover->options->keep ? "done"
						      : NULL;

	if (verdict == FAILED)
		return HANDOVER_TRY_LATER;
	if (put_away(handover->folder, handover->new, names, count, state) <
	    0) {
		messages_not_put_away(
		    handover->messages, handover->name, state);
		return HANDOVER_TRY_LATER;
	}
	if (verdict == REFUSED)
		messages_refused(handover->messages, handover->name, names[0]);
	else
		progress_users(handover->progress, users);
	return HANDOVER_DONE;
}

/* The command refused them together: now each has a run of its own. */
static enum handover_end
hand_over_singly(
    const struct handover *handover, batch_name *names, size_t count)
{
	enum handover_end end = HANDOVER_DONE;
	size_t i, users;
	uint64_t bytes;

	for (i = 0; i < count && end == HANDOVER_DONE; i++) {
		if (handover->signals->stopping)
			return HANDOVER_STOPPED;
		if (batch_count_users(handover->new, names[i], &users, &bytes) <
		    0)
			continue;
		end = act_on_verdict(handover, &names[i], 1, users,
		    run_and_judge(handover, &names[i], 1, users));
	}
	return end;
}

/* The batches of a run, next to each other in the list. */
struct group {
	size_t first, count, users;
};

static enum handover_end
hand_over_group(
    const struct handover *handover, batch_name *names, struct group group)
{
	batch_name *first = &names[group.first];
	enum verdict verdict =
	    run_and_judge(handover, first, group.count, group.users);
	enum handover_end end;

	if (verdict == REFUSED && group.count > 1)
		end = hand_over_singly(handover, first, group.count);
	else
		end = act_on_verdict(
		    handover, first, group.count, group.users, verdict);
	if (end == HANDOVER_DONE && handover->signals->stopping)
		return HANDOVER_STOPPED;
	return end;
}

/*
 * After batch_count_users failed, with its errno. false: there is nothing to
 * report, since it is no batch, or somebody else has taken it.
 */
static bool
report_unreadable(const struct handover *handover, const char *name)
{
	if (errno == ENOENT || errno == EINVAL || errno == ELOOP)
		return false;
	messages_cannot(handover->messages, handover->name, "read", name);
	memcpy(handover->unreadable, name, strlen(name) + 1);
	return true;
}

/*
 * The next whole batches from FROM on, up to the users of a run, and one at
 * least. None, with `first` behind it, when the next one cannot be read; none
 * at the end of the list.
 */
static struct group
next_group(
    const struct handover *handover, const struct batches *batches, size_t from)
{
	const uint64_t limit = handover->options->users;
	struct group group = {.first = from};
	size_t i, users;
	uint64_t bytes;
	bool unreadable = false;

	for (i = from; i < batches->count && !unreadable; i++) {
		if (limit > 0 && group.users >= limit)
			break;
		if (batch_count_users(
			handover->new, batches->names[i], &users, &bytes) < 0) {
			if (group.count > 0)
				break;
			unreadable =
			    report_unreadable(handover, batches->names[i]);
			group.first = i + 1;
			continue;
		}
		if (limit > 0 && group.count > 0 && group.users + users > limit)
			break;
		group.users += users;
		group.count++;
	}
	return group;
}

/* Until clock_ms UNTIL; at least one run, or one report. */
static enum handover_end
hand_over_list(
    const struct handover *handover, struct batches *batches, int64_t until)
{
	enum handover_end end;
	struct group group;
	size_t start = 0, from;
	bool ran = false;

	while (start < batches->count &&
	       strcmp(batches->names[start], handover->unreadable) <= 0)
		start++;
	for (from = start; from < batches->count;
	     from = group.first + group.count) {
		if (from > start && clock_ms() >= until)
			return HANDOVER_MORE;
		group = next_group(handover, batches, from);
		if (group.count == 0)
			continue;
		end = hand_over_group(handover, batches->names, group);
		if (end != HANDOVER_DONE)
			return end;
		ran = true;
	}
	if (*handover->unreadable)
		return HANDOVER_TRY_LATER;
	return ran ? HANDOVER_MORE : HANDOVER_DONE;
}

enum handover_end
handover_turn(const struct handover *handover)
{
	int64_t started = clock_ms(), listed;
	enum handover_end end;
	struct batches batches;

	if (batches_list(handover->new, &batches) < 0) {
		messages_cannot(
		    handover->messages, handover->name, "read", "new/");
		return HANDOVER_TRY_LATER;
	}
	progress_expect(handover->progress, handover->new, &batches);
	/* Do not list a large backlog again for a run or two. */
	listed = (clock_ms() - started) * TURN_LISTINGS;
	end = hand_over_list(handover, &batches,
	    started + (listed > TURN_MS ? listed : TURN_MS));
	batches_free(&batches);
	return end;
}
