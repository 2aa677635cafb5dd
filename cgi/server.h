/*
 * server.h: threads that take FastCGI connections off a listening socket.
 *
 * A connection costs a thread only while its request is read and judged: those
 * that are silent, wait for their answer or are kept open by the web server
 * between requests cost a descriptor or two. When descriptors get scarce no
 * more are accepted, so that the requests in hand have theirs.
 */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>

#include "base/attributes.h"

#define SERVER_QUIET 100 /* ms without an event end a stopping server */

struct endpoint;
struct server;

/*
 * Starts THREADS threads that answer for ENDPOINT, at most
 * descriptors_threads_max, which inherit the signal mask: block what you wait
 * for before. Sets O_NONBLOCK on LISTENER, which stays the caller's. Uses
 * SIGUSR2 to wake its threads. NULL and errno when it cannot start.
 */
struct server *server_start(
    int listener, unsigned threads, struct endpoint *endpoint) MUST_USE;

/*
 * Ends the reading of requests that have taken longer than READ_TIMEOUT_MS
 * (read_timeout.h), and the waiting for a commit that hangs (commit.h). To be
 * called every second or so.
 */
void server_check_read_timeouts(struct server *server);

/*
 * Finishes what was accepted and frees the server; a connection that has sent
 * nothing is waited for for SERVER_QUIET. With CLOSE_LISTENER it first accepts
 * what waits at the listener, all of it if descriptors become free within 2
 * seconds, but not what goes on coming; and then shuts it, for a socket that
 * dies with this process. Without, that is left for the next one.
 */
void server_stop(struct server *server, bool close_listener);

#endif
