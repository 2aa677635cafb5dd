/*
 * runs.h: a line of the spool's journal (journal.h) for each run of the
 * command. What cannot be written is left out.
 */
#ifndef RUNS_H
#define RUNS_H

#include <stddef.h>
#include <stdint.h>

#include "drain/feed.h"
#include "tool/target.h"

struct runs {
	int spool;               /* a descriptor, or -1: it is in no spool */
	struct journal *journal; /* or NULL */
	const char *command;     /* without its folder; borrowed */
};

/* For what the operator named. Nothing is made before the first run. */
void runs_open(
    struct runs *runs, const struct targets *targets, const char *command);
void runs_close(struct runs *runs);

/* A run of MS with so many users has ended. */
void runs_note(struct runs *runs, const char *campaign, size_t users,
    struct feed_result result, int64_t ms);

#endif
