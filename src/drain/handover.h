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
	struct feed_signals *signals;
	struct progress *progress;
	/* the campaign, as descriptors of its folder and its new/ */
	const char *name;
	int folder, new;
};

enum handover_end {
	HANDOVER_DONE,      /* a look found nothing more */
	HANDOVER_MORE,      /* a turn went well, and there may be more */
	HANDOVER_TRY_LATER, /* something failed, and was said */
	HANDOVER_STOPPED,   /* by a signal, after the run under way */
};

/*
 * One turn: the batches that a look finds, oldest first, but no longer than for
 * about a second or ten times as long as the look took, and a run at least.
 * Call it again while it returns HANDOVER_MORE, after the other campaigns.
 */
enum handover_end handover_turn(const struct handover *handover) MUST_USE;

#endif
