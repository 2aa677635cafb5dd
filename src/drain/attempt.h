/* attempt.h: one run of the command, with the lines of a part of a campaign. */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include "drain/feed.h"
#include "drain/handover.h"

struct attempt {
	enum verdict {
		TAKEN,
		REFUSED,    /* exit 65, EX_DATAERR */
		FAILED,     /* or some other end: `result` */
		UNREADABLE, /* a batch could not be read: `error` */
	} verdict;
	struct feed_result result;
	size_t batches;  /* so many of the part; before an unreadable one */
	int error;       /* why that one cannot be read */
	size_t lines;    /* by their names, unless ... */
	bool is_counted; /* ... they were counted */
};

struct attempt attempt_run(
    const struct handover *handover, const struct source_part *part) MUST_USE;

#endif
