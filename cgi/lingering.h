/*
 * lingering.h: connections that are closed once the peer has its answer.
 *
 * A request may be refused before its body has come. Closing a socket with
 * unread bytes resets it, and the answer may be lost on its way (RFC 9112,
 * section 9.6). So what still comes is read and dropped until the peer has read
 * the answer and closes, or LINGERING_MS are over. No thread waits for that.
 */
#ifndef LINGERING_H
#define LINGERING_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

#define LINGERING_MS 2000
#define LINGERING_MAX 256 /* connections */

/* In the data of their events, beside the number of the connection. */
#define LINGERING_EVENT (UINT64_C(1) << 32)

struct lingering {
	int epoll; /* borrowed */
	pthread_mutex_t mutex;
	unsigned max, count;
	struct {
		int connection;
		int64_t deadline; /* by clock_ms */
	} list[LINGERING_MAX];    /* the oldest first */
};

/* For up to MAX connections, at most LINGERING_MAX, that wait in EPOLL. */
void lingering_init(struct lingering *lingering, int epoll, unsigned max);
void lingering_destroy(struct lingering *lingering);

/*
 * Adds a connection that was answered; if the list is full, ends the oldest.
 * From then on the thread that gets an event owns it, and calls lingering_drop.
 * 0, or -1: the caller closes it, since the peer is gone, or it cannot wait.
 */
int lingering_add(struct lingering *lingering, int connection) MUST_USE;

/* Drops what has come, and waits for more. False: the caller closes it. */
bool lingering_drop(struct lingering *lingering, int connection) MUST_USE;

/*
 * Ends the connections that have lingered for LINGERING_MS: takes them off the
 * list, and shuts them, which is an event. Call it every second or so.
 */
void lingering_end_overdue(struct lingering *lingering);

bool lingering_is_empty(struct lingering *lingering);

#endif
