#include "drain/narrow.h"

#include "drain/attempt.h"
#include "drain/settle.h"

/* The end of the narrowing: what is not decided stays in new/. */
static enum handover_end
narrow_stop(struct settle *settle, const struct feed_result *failure)
{
	const struct handover *handover = settle->handover;
	const struct extent *extent = settle->extent;

	settle_rest(settle);
	if (!failure)
		return HANDOVER_STOPPED;
	messages_not_taken(handover->messages, handover->name,
	    extent->names + settle->batch, extent->count - settle->batch,
	    *failure);
	return HANDOVER_TRY_LATER;
}

/*
 * Runs the command with the lines FROM to below TO, which come next. DONE: they
 * are decided if the verdict is TAKEN, and not if it is REFUSED.
 */
static enum handover_end
narrow_run(struct settle *settle, size_t from, size_t to, enum verdict *verdict)
{
	const struct source_part part = extent_part(settle->extent, from, to);
	struct attempt run;

	if (settle->handover->signals->stopping)
		return narrow_stop(settle, NULL);
	run = attempt_run(settle->handover, &part);
	*verdict = run.verdict;
	if (*verdict == FAILED)
		return narrow_stop(settle, &run.result);
	if (*verdict == REFUSED)
		return HANDOVER_DONE;
	progress_users(settle->handover->progress, to - from);
	return settle_lines(settle, to, false);
}

/*
 * Decides the lines FROM to below TO, which a run has refused. If the first
 * half is taken then, the second half is at fault: only a single line needs a
 * run to confirm it, since the lines may be bad together and good alone.
 */
static enum handover_end
narrow_down(struct settle *settle, size_t from, size_t to)
{
	enum handover_end end;
	enum verdict verdict = REFUSED;
	size_t middle;

	while (to - from > 1) {
		middle = from + (to - from) / 2;
		end = narrow_run(settle, from, middle, &verdict);
		if (end == HANDOVER_DONE && verdict == REFUSED) {
			end = narrow_down(settle, from, middle);
			if (end == HANDOVER_DONE)
				end = narrow_run(settle, middle, to, &verdict);
			if (verdict == TAKEN)
				return end;
		}
		if (end != HANDOVER_DONE)
			return end;
		from = middle;
	}
	if (verdict == TAKEN) {
		end = narrow_run(settle, from, to, &verdict);
		if (end != HANDOVER_DONE || verdict == TAKEN)
			return end;
	}
	return settle_lines(settle, to, true);
}

enum handover_end
narrow(const struct handover *handover, batch_name *names, size_t count)
{
	struct extent extent;
	struct settle settle = {.handover = handover, .extent = &extent};
	enum handover_end end;

	if (extent_open(&extent, handover->new, names, count) < 0) {
		messages_cannot(
		    handover->messages, handover->name, "read", "new/");
		return HANDOVER_TRY_LATER;
	}
	/* An empty batch has nothing to refuse. */
	end = extent_lines(&extent) > 0
		  ? narrow_down(&settle, 0, extent_lines(&extent))
		  : settle_lines(&settle, 0, false);
	settle_free(&settle);
	extent_free(&extent);
	return end;
}
