/*
 * rounds.h: what a drain does with all that was named, round by round.
 *
 * In a round each campaign has a turn, see handover.h, so that none waits for
 * the end of another's backlog. What fails is said, does not stop the others,
 * and is left alone: when following as backoff.h has it, else for good.
 */
#ifndef ROUNDS_H
#define ROUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drain/backoff.h"
#include "drain/progress.h"
#include "drain/signals.h"
#include "drain/watch.h"

struct rounds {
	/* what the operator asked for */
	uint64_t users;   /* of a run, about; 0 for all */
	uint64_t timeout; /* of a run in seconds; 0 for none */
	bool keep, follow, quiet;
	char **paths;
	size_t path_count;
	char **command;
	/* of rounds.c */
	struct signals signals;
	struct progress progress;
	struct backoff backoff;
	bool more;  /* the last round may have left something */
	int status; /* what to exit with */
	/* of rounds.c, when following */
	struct watch watch;
	bool under_way; /* all that was named has been there */
	bool unwatched; /* some of it, in the last round */
	int pause;      /* s until all is looked at for that */
	bool said_that; /* it cannot be watched */
};

/*
 * Returns an exit code: when a round finds nothing that has not failed, or
 * following, when a folder that was named is not there; or after a signal.
 */
int rounds_run(struct rounds *rounds) MUST_USE;

#endif
