/*
 * rounds.h: drains all that the operator named, round by round.
 *
 * In a round each campaign has a turn, see handover.h, so that none waits for
 * the end of another's backlog. What fails is reported, does not stop the
 * others, and is left alone: when following as backoff.h has it, else for good.
 */
#ifndef ROUNDS_H
#define ROUNDS_H

#include "drain/drain_options.h"
#include "drain/signals.h"
#include "drain/watch.h"

/*
 * Returns an exit code: when a round finds nothing that has not failed, or
 * following, when a folder that was named is not there; or after a signal.
 * WATCH is for following.
 */
int rounds_run(const struct drain_options *options, struct signals *signals,
    struct watch *watch) MUST_USE;

#endif
