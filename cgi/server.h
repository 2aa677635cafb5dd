/*
 * server.h: threads that serve the FastCGI connections of a listening socket.
 *
 * A connection takes a thread only while its request is read and judged, see
 * connections.h; while it waits for the disk, it costs a second descriptor.
 */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>

#include "base/attributes.h"

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
 * Ends what takes too long: reading a request (read_timeout.h), lingering
 * (lingering.h), and waiting behind a commit that hangs (commit.h). To be
 * called every second or so.
 */
void server_tick(struct server *server);

/*
 * Finishes what was accepted and frees the server; a connection that has sent
 * nothing is waited for for CONNECTIONS_QUIET. CLOSE_LISTENER for a socket that
 * dies with this process: what waits in it is answered, too, and then it is
 * shut: see connections_stop.
 */
void server_stop(struct server *server, bool close_listener);

#endif
