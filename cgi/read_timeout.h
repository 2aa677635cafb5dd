/*
 * read_timeout.h: for how long a request is read.
 *
 * A thread that reads a request waits for its bytes, and a client that sends
 * them one by one must not hold it for ever. Each thread has a read_timeout of
 * its own; one other thread checks all of them every second or so.
 */
#ifndef READ_TIMEOUT_H
#define READ_TIMEOUT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* From the first byte of a request to its last. */
#define READ_TIMEOUT_MS 30000

struct read_timeout {
	atomic_int connection;    /* being read from; below 0: a state */
	_Atomic int64_t deadline; /* of the request, by clock_ms */
	atomic_bool is_over;      /* the request was cut off */
};

void read_timeout_init(struct read_timeout *timeout);

/* The thread begins to read from CONNECTION, and no longer does. */
void read_timeout_begin(struct read_timeout *timeout, int connection);
void read_timeout_end(struct read_timeout *timeout, int connection);

/* After an end: the thread goes on with the same request, by its deadline. */
void read_timeout_resume(struct read_timeout *timeout, int connection);

/*
 * Ends a reading that has taken longer than READ_TIMEOUT_MS: what has not come
 * by then is cut off, and the answer can still be written. Called by another
 * thread.
 */
void read_timeout_check(struct read_timeout *timeout);

/* Did read_timeout_check cut off the request that is being read? */
bool read_timeout_is_over(const struct read_timeout *timeout);

#endif
