#include "drain/handover.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "drain/group.h"

/* A turn lasts TURN_MS, or so many times as long as listing the batches took,
   whichever is longer. */
#define TURN_MS 1000
#define TURN_LISTINGS 10

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
		one = group_next(handover, batches, from, 1);
		if (one.count == 0)
			continue;
		end = group_hand_over(handover, batches->names, &one);
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
		one = group_next(handover, batches, from, 1);
		if (one.count == 0 || one.first >= end)
			continue;
		now = group_hand_over(handover, batches->names, &one);
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
		group = group_next(
		    handover, batches, from, handover->options->users);
		if (group.count == 0)
			continue;
		end = group_hand_over(handover, batches->names, &group);
		if (end == HANDOVER_DONE && group.count == 0)
			continue;
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
