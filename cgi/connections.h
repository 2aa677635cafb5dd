/*
 * connections.h: the connections of a server, and the epoll that they wait in.
 *
 * An event wakes one thread, which then owns the connection until it gives it
 * back: EPOLLONESHOT. So a silent connection, or one that the web server keeps
 * open between requests, costs a descriptor and no thread. At the most of them
 * no more are accepted until some are closed.
 */
#ifndef CONNECTIONS_H
#define CONNECTIONS_H

#include <signal.h>
#include <stdbool.h>

#include "base/attributes.h"

#define CONNECTIONS_QUIET 100 /* ms without an event end a wait at the stop */

struct connections;

/* Accepts up to MAX connections from LISTENER, which gets O_NONBLOCK and stays
   the caller's. NULL and errno. */
struct connections *connections_new(int listener, unsigned max) MUST_USE;

/* When no thread is inside. Those that are open are left to the exit. */
void connections_free(struct connections *connections);

/*
 * Waits for a connection that has sent something, for the caller to own. -1:
 * the server stops and CONNECTIONS_QUIET went by. Only the signals outside of
 * MASK interrupt it, and then it goes on.
 */
int connections_wait(
    struct connections *connections, const sigset_t *mask) MUST_USE;

/* Each gives back a connection: to wait for another request, to be closed once
   the peer has its answer (lingering.h), or closed. */
void connections_keep(struct connections *connections, int connection);
void connections_linger(struct connections *connections, int connection);
void connections_close(struct connections *connections, int connection);

/* Ends those that have lingered long enough. To be called every second or so.
 */
void connections_end_overdue(struct connections *connections);

/*
 * Stops accepting. With IS_LAST, nobody else holds the listener: what waits in
 * it is accepted first, all of it if descriptors become free within 2 seconds,
 * but not what goes on coming. Threads in connections_wait notice when they are
 * interrupted.
 */
void connections_stop(struct connections *connections, bool is_last);

#endif
