/*
 * acceptor.h: takes new connections off a listening socket, up to a number.
 *
 * The listener waits in an epoll, for one event at a time. While the maximum of
 * connections is open it is not armed: new clients wait in the socket, and the
 * requests in hand have the descriptors that they need.
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

/* Adds LISTENER to EPOLL, with its number as data, and sets O_NONBLOCK on it.
   0, or -1 and errno. */
int acceptor_open(
    struct acceptor *acceptor, int epoll, int listener, unsigned max) MUST_USE;

/* After an event of the listener: a connection, or -1 if there is none. */
int acceptor_take(struct acceptor *acceptor) MUST_USE;

/* Reports that a connection was closed, so that there is room for another. */
void acceptor_closed(struct acceptor *acceptor);

/* Takes the listener out of the epoll. */
void acceptor_stop(struct acceptor *acceptor);

/*
 * After acceptor_stop: one of the connections that still wait in the socket.
 * Without a descriptor it waits for one, 2 seconds at most. -1: none is left.
 */
int acceptor_take_last(struct acceptor *acceptor) MUST_USE;

#endif
