/*
 * read_timeout.h: for how long a request is read.
 *
 * A thread that reads a request waits for its bytes; whoever sends them one at
 * a time must not hold it for ever. Each thread has a patience of its own, and
 * one other looks at all of them every second or so.
 */
#ifndef READ_TIMEOUT_H
#define READ_TIMEOUT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* From the first byte of a request to its last. */
#define PATIENCE_MS 30000

struct patience {
	atomic_int connection;    /* being read from, or one of read_timeout.c's */
	_Atomic int64_t deadline; /* of its request, by clock_ms */
	atomic_bool is_over;      /* it was cut off */
};

void patience_init(struct patience *patience);

/* The thread begins to read from CONNECTION, and has done. */
void patience_begin(struct patience *patience, int connection);
void patience_end(struct patience *patience, int connection);

/*
 * Ends the reading that has taken longer than PATIENCE_MS: what has not been
 * sent by then is cut off; the answer can still be written. Called by another
 * thread.
 */
void patience_check(struct patience *patience);

/* Was the request that is being read cut off by patience_check? */
bool patience_is_over(const struct patience *patience);

#endif
