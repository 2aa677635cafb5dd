/*
 * handover.h: hands the batches of one campaign to a command, run by run.
 *
 * A batch leaves new/ only after a run that was given all of it exited 0 and
 * had read everything, or after one that was given it alone exited 65
 * (EX_DATAERR): then it is in failed/. So a batch may be handed over twice,
 * after a failure or a crash, and is never lost. What went wrong is said on
 * standard error.
 */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "drain/feed.h"
#include "drain/progress.h"

struct handover {
	/* what the operator asked for */
	uint64_t users;   /* of a run, about; 0 for all */
	uint64_t timeout; /* of a run in seconds; 0 for none */
	bool keep;        /* move to done/ instead of removing */
	char *const *command;
	struct signals *signals;
	struct progress *progress;
	/* the campaign, as descriptors of its folder and its new/ */
	const char *name;
	int folder, new;
	/*
	 * Batches up to this name are passed over: a turn before this one
	 * handed them over, or reported them. "" for none; see handover_turn.
	 */
	char *passed; /* a batch_name */
};

enum handover_end {
	HANDOVER_DONE,      /* a look found nothing more */
	HANDOVER_MORE,      /* a turn went well, and there may be more */
	HANDOVER_TRY_LATER, /* something failed, and was said */
	HANDOVER_STOPPED,   /* by a signal, after the run under way */
};

/*
 * One turn: the batches that are there, oldest first, for about a second or ten
 * times as long as listing them took, and one run at least. A batch that cannot
 * be read is reported and passed over; the turn goes on behind it.
 *
 * Call it again while it returns HANDOVER_MORE, after the other campaigns, and
 * with `passed` as it left it: so each of these batches is reported once. The
 * turn that gets to the end of the list then returns HANDOVER_TRY_LATER.
 */
enum handover_end handover_turn(const struct handover *handover) MUST_USE;

#endif
