/*
 * feed.h: one run of a command with lines of batches as its standard input.
 *
 * The command runs in a process group of its own and gets the lines through a
 * pipe; the last one only when it has read all the others. So a command that
 * stops early leaves a line unread, however small the run is. Success means
 * exit 0 after it read all of them.
 */
#ifndef FEED_H
#define FEED_H

#include <stdint.h>
#include <sys/types.h>

#include "drain/signals.h"
#include "drain/source.h"

enum feed_outcome {
	FEED_TAKEN,     /* exit 0, all read */
	FEED_UNREAD,    /* exit 0, but some of the input was not read */
	FEED_EXITED,    /* `number` is the exit status */
	FEED_KILLED,    /* `number` is the signal */
	FEED_STOPPED,   /* `number` is the signal; the drain then killed it */
	FEED_TIMED_OUT, /* it ran for longer than its time and was killed */
	FEED_NOT_RUN,   /* `number` is an errno: it was not started */
	FEED_FAILED,    /* `number` is an errno of the drain's own part */
};

struct feed_result {
	enum feed_outcome outcome;
	int number;
};

struct feed_job {
	char *const *command; /* found by PATH; NULL at its end */
	char *const *environment;
	mode_t umask;                                  /* of the command */
	struct source *source;                         /* filled once */
	uint64_t timeout;                              /* seconds, 0 for none */
	void (*progress)(void *context, size_t bytes); /* or NULL */
	void *context;
};

/*
 * Runs the job to its end, also when a signal to stop comes meanwhile; a second
 * one ends the command.
 */
struct feed_result feed_run(
    const struct feed_job *job, struct signals *signals) MUST_USE;

#endif
