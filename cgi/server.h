/*
 * server.h: threads that serve the FastCGI connections of a listening socket.
 *
 * A connection takes a thread only while its request is read and judged: see
 * connections.h. While it waits for the disk it costs a second descriptor.
 */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>

#include "base/attributes.h"

struct endpoint;
struct notify;
struct server;

/*
 * Starts THREADS threads, at most descriptors_threads_max, which answer for
 * ENDPOINT. They inherit the signal mask: block the signals that you wait for
 * before. LISTENER gets O_NONBLOCK and stays the caller's. SIGUSR2 wakes the
 * threads. NULL and errno.
 */
struct server *server_start(int listener, unsigned threads,
    struct endpoint *endpoint, const struct notify *notify) MUST_USE;

/*
 * Ends what takes too long: reading a request (read_timeout.h), lingering
 * (lingering.h), and waiting behind a disk that hangs (commit.h, health.h); and
 * logs what a flood left out (refusals.h). Then it lets NOTIFY know that the
 * process is alive. Call it every second or so; more calls do nothing.
 */
void server_tick(struct server *server);

/*
 * Finishes what was accepted and frees the server. A connection that has sent
 * nothing has CONNECTIONS_QUIET to do so. The ticks go on. CLOSE_LISTENER for a
 * socket that dies with this process: see IS_LAST of connections_stop.
 */
void server_stop(struct server *server, bool close_listener);

#endif
