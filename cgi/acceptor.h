/*
 * acceptor.h: takes new connections off a listening socket, up to a number.
 *
 * The listener waits in an epoll, for one event at a time. While as many
 * connections are open as may be, it is not armed: then clients wait in the
 * socket, and the requests in hand have the descriptors that they need.
 */
#ifndef ACCEPTOR_H
#define ACCEPTOR_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/attributes.h"

struct acceptor {
	int listener; /* borrowed */
	int epoll;    /* borrowed */
	bool is_tcp;
	unsigned max;
	atomic_uint open;
	atomic_bool paused;
};

/*
 * Makes the listener wait in EPOLL, with its number as data. It gets
 * O_NONBLOCK. 0, or -1 and errno.
 */
int acceptor_open(
    struct acceptor *acceptor, int epoll, int listener, unsigned max) MUST_USE;

/* After an event of the listener: a connection, or -1 when none came. */
int acceptor_take(struct acceptor *acceptor) MUST_USE;

/* A connection was closed: there is room for another one. */
void acceptor_closed(struct acceptor *acceptor);

/* Takes the listener out of the epoll. */
void acceptor_stop(struct acceptor *acceptor);

/*
 * After the stop: one more connection that waits in the socket, also if a
 * descriptor becomes free for it within 2 seconds only. -1: none is left.
 */
int acceptor_take_last(struct acceptor *acceptor) MUST_USE;

#endif
