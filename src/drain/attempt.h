/* attempt.h: one run of the command, with the lines of a part of a campaign. */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include "drain/feed.h"
#include "drain/handover.h"

enum verdict {
	TAKEN,
	REFUSED, /* exit 65, EX_DATAERR */
	FAILED,
};

struct feed_result attempt(
    const struct handover *handover, const struct source_part *part) MUST_USE;

enum verdict attempt_verdict(struct feed_result result);

#endif
