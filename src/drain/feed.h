/*
 * feed.h: one run of a command with batches as its standard input.
 *
 * The command runs in a process group of its own and gets the lines of all
 * batches through a pipe. Success means exit 0 and that it has read them all.
 */
#ifndef FEED_H
#define FEED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "spool/batches.h"

#define FEED_KILL_AFTER_MS 5000 /* from SIGTERM to SIGKILL */

enum feed_outcome {
	FEED_TAKEN,     /* exit 0, all read */
	FEED_UNREAD,    /* exit 0, but `number` bytes were not read */
	FEED_EXITED,    /* `number` is the exit status */
	FEED_KILLED,    /* `number` is the signal */
	FEED_STOPPED,   /* `number` is the signal; it was killed then */
	FEED_TIMED_OUT, /* it ran for longer than its time and was killed */
	FEED_NOT_RUN,   /* `number` is why: an errno */
	FEED_FAILED,    /* `number` is an errno of ours: nothing is known */
};

struct feed_result {
	enum feed_outcome outcome;
	uint64_t number;
};

/* Signals as descriptors, for one process; see feed_signals_open. */
struct feed_signals {
	int fd;        /* SIGCHLD, SIGTERM, SIGINT, SIGHUP */
	bool stopping; /* SIGTERM, SIGINT or SIGHUP came */
};

struct feed_job {
	char *const *command; /* of exec, by PATH; NULL at its end */
	char *const *environment;
	mode_t umask; /* of the command */
	int folder;
	batch_name *names;
	size_t count;
	uint64_t timeout;                              /* seconds, 0 for none */
	void (*progress)(void *context, size_t bytes); /* or NULL */
	void *context;
};

/* Blocks the signals and reads them from a descriptor. 0, or -1 and errno. */
int feed_signals_open(struct feed_signals *signals) MUST_USE;

/* Takes note of signals that came. SIGTERM and SIGINT set `stopping`. */
void feed_signals_read(struct feed_signals *signals);

/*
 * Runs the job to its end, also when `stopping` is set meanwhile; a second
 * SIGINT or SIGTERM ends the command.
 */
struct feed_result feed_run(
    const struct feed_job *job, struct feed_signals *signals) MUST_USE;

#endif
