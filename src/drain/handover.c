#include "drain/handover.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "drain/attempt.h"
#include "drain/narrow.h"
#include "drain/put_away.h"

/* A turn lasts TURN_MS, or so many times as long as listing the batches took,
   whichever is longer. */
#define TURN_MS 1000
#define TURN_LISTINGS 10

/* The command has taken the batches. */
static enum handover_end
end_taken(const struct handover *handover, batch_name *names, size_t count,
    size_t users)
{
	const char *state = handover->options->keep ? "done" : NULL;

	if (put_away(handover->folder, handover->new, names, count, state) <
	    0) {
		messages_not_put_away(
		    handover->messages, handover->name, state);
		return HANDOVER_TRY_LATER;
	}
	progress_users(handover->progress, users);
	return HANDOVER_DONE;
}

/* The batches of a run, next to each other in the list. */
struct group {
	size_t first, count, users, bytes;
};

static enum handover_end
hand_over_group(
    const struct handover *handover, batch_name *names, struct group group)
{
	const struct source_part part = {
	    .folder = handover->new,
	    .names = &names[group.first],
	    .count = group.count,
	    .lines = group.users,
	    .bytes = group.bytes,
	};
	const struct feed_result result = attempt(handover, &part);
	enum handover_end end = HANDOVER_TRY_LATER;

	switch (attempt_verdict(result)) {
	case TAKEN:
		end = end_taken(handover, part.names, part.count, group.users);
		break;
	case REFUSED:
		end = narrow(handover, part.names, part.count);
		break;
	case FAILED:
		messages_not_taken(handover->messages, handover->name,
		    part.names, part.count, result);
		break;
	}
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
 * The next whole batches from FROM on, up to LIMIT users, and one at least.
 * None, with `first` behind it, when the next one cannot be read; none at the
 * end of the list.
 */
static struct group
next_group(const struct handover *handover, const struct batches *batches,
    size_t from, uint64_t limit)
{
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
		group.bytes += (size_t)bytes;
		group.count++;
	}
	return group;
}

/* The first batch that is due: those before it were not readable in this drain,
   or are tried last. */
static size_t
first_due(const struct handover *handover, const struct batches *batches)
{
	const char *behind = handover->unreadable;
	size_t first = 0;

	if (handover->options->skip_after > 0 &&
	    strcmp(handover->head->skipped, behind) > 0)
		behind = handover->head->skipped;
	while (first < batches->count &&
	       strcmp(batches->names[first], behind) <= 0)
		first++;
	return first;
}

static void
skip(const struct handover *handover, const char *batch)
{
	messages_skipped(handover->messages, handover->name, batch);
	head_skip(handover->head, batch);
}

/*
 * A run has failed so often that the batches behind it get their turn: hands
 * over each batch of the run alone, and skips the first one that fails. Ends
 * early when a second one fails.
 */
static enum handover_end
go_on_behind(
    const struct handover *handover, struct batches *batches, struct group run)
{
	enum handover_end end;
	struct group one;
	bool skipped = run.count == 1;
	size_t from;

	if (skipped) {
		skip(handover, batches->names[run.first]);
		return HANDOVER_DONE;
	}
	for (from = run.first; from < run.first + run.count;
	     from = one.first + one.count) {
		one = next_group(handover, batches, from, 1);
		if (one.count == 0)
			continue;
		end = hand_over_group(handover, batches->names, one);
		if (end == HANDOVER_TRY_LATER && skipped)
			(void)!head_failed(
			    handover->head, batches->names[one.first]);
		else if (end == HANDOVER_TRY_LATER)
			skip(handover, batches->names[one.first]);
		if (end == HANDOVER_STOPPED ||
		    (end == HANDOVER_TRY_LATER && skipped))
			return end;
		skipped |= end == HANDOVER_TRY_LATER;
	}
	return HANDOVER_DONE;
}

/* A run has failed. DONE: the batches behind it may have their turn. */
static enum handover_end
after_failure(
    const struct handover *handover, struct batches *batches, struct group run)
{
	const uint64_t limit = handover->options->skip_after;
	const char *name = batches->names[run.first];
	/* A full disk keeps no count: go on at once, which makes room. */
	const bool counted = head_failed(handover->head, name) == 0;

	if (limit > 0 && (!counted || handover->head->failures >= limit))
		return go_on_behind(handover, batches, run);
	if (handover->head->failures > 1)
		messages_head(handover->messages, handover->name, name,
		    handover->head->failures, batches, run.first + 1);
	return HANDOVER_TRY_LATER;
}

/* Hands over the skipped batches again, each alone: those up to below END. */
static enum handover_end
try_skipped(
    const struct handover *handover, struct batches *batches, size_t end)
{
	enum handover_end result = HANDOVER_MORE, now;
	struct group one;
	size_t from;

	for (from = 0; from < end; from = one.first + one.count) {
		one = next_group(handover, batches, from, 1);
		if (one.count == 0 || one.first >= end)
			continue;
		now = hand_over_group(handover, batches->names, one);
		if (now == HANDOVER_STOPPED)
			return now;
		if (now == HANDOVER_TRY_LATER)
			result = now;
	}
	if (result == HANDOVER_MORE)
		head_skip(handover->head, "");
	return result;
}

/* Until clock_ms UNTIL; at least one run, or one report. */
static enum handover_end
hand_over_list(
    const struct handover *handover, struct batches *batches, int64_t until)
{
	const size_t start = first_due(handover, batches);
	bool ran = false, failed = false;
	enum handover_end end;
	struct group group;
	size_t from;

	for (from = start; from < batches->count;
	     from = group.first + group.count) {
		if (from > start && clock_ms() >= until)
			return HANDOVER_MORE;
		group = next_group(
		    handover, batches, from, handover->options->users);
		if (group.count == 0)
			continue;
		end = hand_over_group(handover, batches->names, group);
		if (end == HANDOVER_TRY_LATER) {
			failed = true;
			end = after_failure(handover, batches, group);
		} else {
			head_passed(handover->head,
			    batches->names[group.first + group.count - 1]);
		}
		if (end != HANDOVER_DONE)
			return end;
		ran = true;
	}
	if (*handover->unreadable || failed)
		return HANDOVER_TRY_LATER;
	if (start > 0)
		return try_skipped(handover, batches, start);
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
