/*
 * connections.h: the connections of a server, and the epoll that they wait in.
 *
 * An event wakes one thread, which owns the connection until it gives it back:
 * EPOLLONESHOT. So a silent connection, or one that the web server keeps open
 * between requests, costs a descriptor and no thread.
 */
#ifndef CONNECTIONS_H
#define CONNECTIONS_H

#include <signal.h>
#include <stdbool.h>

#include "base/attributes.h"

#define CONNECTIONS_QUIET 100 /* ms */

struct connections;

/* Accepts up to MAX connections at a time from LISTENER, which stays the
   caller's, and gets O_NONBLOCK. NULL and errno. */
struct connections *connections_new(int listener, unsigned max) MUST_USE;

/* Call it when no thread is inside. The exit closes what is still open. */
void connections_free(struct connections *connections);

/*
 * Waits for a connection that has sent something, or is new: the caller owns
 * it, and gives a new one back that has not sent anything yet. -1: the server
 * stops, no connection lingers, and CONNECTIONS_QUIET went by without an event.
 * MASK is the signal mask of the wait; a signal does not end it.
 */
int connections_wait(
    struct connections *connections, const sigset_t *mask) MUST_USE;

/* Each gives a connection back: it waits for its first request; for another
   one, unless the server stops; is closed once the peer has its answer
   (lingering.h); or is closed now. */
void connections_await(struct connections *connections, int connection);
void connections_keep(struct connections *connections, int connection);
void connections_linger(struct connections *connections, int connection);
void connections_close(struct connections *connections, int connection);

/* Call it when something else has closed one. */
void connections_closed(struct connections *connections);

/* Ends those that have lingered long enough. Call it every second or so. */
void connections_end_overdue(struct connections *connections);

/*
 * Stops accepting. IS_LAST: no other process holds the listener, so what waits
 * in it is accepted first, as far as descriptors become free within 2 seconds;
 * then it is shut. Threads in connections_wait notice the stop when a signal
 * interrupts them.
 */
void connections_stop(struct connections *connections, bool is_last);

#endif
