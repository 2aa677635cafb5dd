/*
 * rounds.h: drains all that the operator named, round by round.
 *
 * In a round each campaign has a turn (handover.h), so that none waits for the
 * end of another's backlog. A campaign that fails is reported, does not stop
 * the others, and is left alone: a follower tries it again as backoff.h says.
 */
#ifndef ROUNDS_H
#define ROUNDS_H

#include "drain/drain_options.h"
#include "drain/signals.h"
#include "drain/watch.h"

/*
 * Ends when a round has nothing left but failed campaigns; a follower, when a
 * named folder is missing; both, after a signal. Returns an exit code. WATCH is
 * the follower's.
 */
int rounds_run(const struct drain_options *options, struct signals *signals,
    struct watch *watch) MUST_USE;

#endif
