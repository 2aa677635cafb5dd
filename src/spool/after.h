/*
 * after.h: what is called when groups of requests are done; a part of commit.c,
 * whose mutex the callers hold.
 */
#ifndef AFTER_H
#define AFTER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "spool/commit.h"

/* {0}: nothing is. */
struct after {
	commit_after *call;
	void *context;
	bool is_due, runs;
	int64_t since; /* when it began, by clock_ms */
};

/* A group is done. */
void after_group(struct after *after);

/* Is it to be called, and not going on in another thread? */
bool after_may_run(const struct after *after);

/* Releases the mutex meanwhile. */
void after_run(struct after *after, pthread_mutex_t *mutex);

/* Is it going on, for less than COMMIT_WAIT_MS? */
bool after_runs_well(const struct after *after);

#endif
