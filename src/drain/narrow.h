/*
 * narrow.h: after the command refused a run, finds the lines that it refuses.
 *
 * Hands over half of the lines, and then the others, and so on, in order: for N
 * lines this takes 2 * log2(N) + 1 runs for each refused line at most, with the
 * first one. A line is refused only if it was handed over alone.
 */
#ifndef NARROW_H
#define NARROW_H

#include "drain/handover.h"

/* The command has refused a run of all these batches. As handover_turn. */
enum handover_end narrow(
    const struct handover *handover, batch_name *names, size_t count) MUST_USE;

#endif
