/*
 * server.h: threads that take FastCGI connections off a listening socket.
 *
 * A connection costs a thread only while a request is on it: those that are
 * silent, or kept open by the web server between requests, wait in epoll.
 */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>

#include "gateway.h"

#define SERVER_IO_TIMEOUT 30 /* seconds without a byte end a connection */
#define SERVER_QUIET 100     /* ms without an event end a stopping server */

struct server;

/*
 * Starts THREADS threads, which inherit the signal mask: block what you wait
 * for before. Sets O_NONBLOCK on LISTENER, which stays the caller's. Uses
 * SIGUSR2 to wake its threads. NULL and errno when it cannot start.
 */
struct server *server_start(
    int listener, unsigned threads, gateway_handler *handler, void *context)
    __attribute__((warn_unused_result));

/*
 * Finishes what was accepted and frees the server. With TAKE_ALL it first
 * accepts what still waits at the listener, for a socket that dies with this
 * process; without, that is left for the next one.
 */
void server_stop(struct server *server, bool take_all);

#endif
