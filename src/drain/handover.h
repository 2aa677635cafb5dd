/*
 * handover.h: hands the batches of one campaign to a command, run by run.
 *
 * A line leaves new/ only after a run that got it exited with 0 and had read
 * everything; or, for failed/, after a run that got this line alone exited with
 * 65 (EX_DATAERR). So a line may be handed over twice, after a failure or a
 * crash, and is never lost.
 */
#ifndef HANDOVER_H
#define HANDOVER_H

#include "drain/head.h"
#include "drain/messages.h"
#include "drain/runs.h"

struct handover {
	const struct drain_options *options;
	struct signals *signals;
	struct progress *progress;
	const struct messages *messages;
	struct head *head;
	struct runs *runs;
	const char *name; /* of the campaign */
	int folder, new;  /* descriptors: it, and its new/ */
	char *unreadable; /* a batch_name; see below */
	size_t *refused;  /* counts users that went to failed/ */
};

enum handover_end {
	HANDOVER_DONE,      /* there was no batch */
	HANDOVER_MORE,      /* a turn went well, and there may be more */
	HANDOVER_TRY_LATER, /* something failed, and was reported */
	HANDOVER_STOPPED,   /* by a signal, after the run that was going on */
};

/*
 * One turn: the batches that are there, oldest first, for about a second or ten
 * times as long as listing them took; at least one run. Call it again while it
 * returns HANDOVER_MORE, after the other campaigns.
 *
 * Reports a batch that it cannot read, or whose refused lines it cannot write,
 * and puts its name into `unreadable`,
 * which is "" at first. The next turn begins behind it, so that it is reported
 * once; the turn that gets to the end of the list returns HANDOVER_TRY_LATER.
 */
enum handover_end handover_turn(const struct handover *handover) MUST_USE;

#endif
