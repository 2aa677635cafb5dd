/*
 * settle.h: what becomes of batches whose lines are decided one after another,
 * as taken or refused.
 *
 * A batch leaves new/ once all of its lines are decided: for failed/ if the
 * command refused them all; else it is done with, and the refused lines are in
 * failed/ before, as a batch of their own. After a crash a batch is in new/ as
 * a whole, or gone; its refused lines may then be in failed/ already, and are
 * handed over once more. Nothing is written for a batch without refused lines.
 */
#ifndef SETTLE_H
#define SETTLE_H

#include "drain/extent.h"
#include "drain/handover.h"

struct settle {
	const struct handover *handover;
	struct extent *extent;
	size_t decided;  /* so many lines are */
	size_t batch;    /* the first that is not settled */
	size_t *refused; /* lines of it and those behind; owned */
	size_t refused_count, room;
};

/* The next lines, up to below TO, are decided. DONE; or TRY_LATER, reported. */
enum handover_end settle_lines(
    struct settle *settle, size_t to, bool are_refused) MUST_USE;

/*
 * The rest is for another time: replaces a batch of which some lines are
 * decided by its other lines. If that fails it is reported, and all of its
 * lines are handed over again.
 */
void settle_rest(struct settle *settle);

void settle_free(struct settle *settle);

#endif
