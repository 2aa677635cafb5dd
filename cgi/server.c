#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* jansson's recursion and a commit need a quarter of it. */
#define STACK_SIZE ((size_t)256 * 1024)
#define ACCEPT_PAUSE 50 /* ms, when there is no descriptor for one */

struct server {
	int listener;
	int epoll;
	atomic_bool stopping;
	sigset_t waiting; /* the signal mask while waiting for events */
	gateway_handler *handler;
	void *context;
	unsigned count;
	pthread_t threads[];
};

static void
woken(int signal)
{
	(void)signal;
}

/*
 * One event wakes one thread, which then owns the connection until it arms it
 * again: EPOLLONESHOT.
 */
static bool
wait_in_epoll(const struct server *server, int connection, int operation)
{
	struct epoll_event event = {
	    .events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT,
	    .data = {.fd = connection},
	};

	return epoll_ctl(server->epoll, operation, connection, &event) == 0;
}

static void
serve(const struct server *server, int connection, int operation)
{
	if (!gateway_serve(connection, server->handler, server->context))
		return;
	if (atomic_load(&server->stopping) ||
	    !wait_in_epoll(server, connection, operation))
		close(connection);
}

static bool
has_input(int connection)
{
	char byte;

	return recv(connection, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 ||
	       errno != EAGAIN;
}

static void
set_up(int connection)
{
	const struct timeval timeout = {.tv_sec = SERVER_IO_TIMEOUT};
	int on = 1;

	/* What fails here costs patience or speed, not correctness. */
	(void)setsockopt(
	    connection, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
	(void)setsockopt(
	    connection, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
	(void)setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void
accept_one(const struct server *server)
{
	int connection = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);

	if (connection < 0) {
		/* Else the listener, still ready, would have us spin. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM)
			poll(NULL, 0, ACCEPT_PAUSE);
		return;
	}
	set_up(connection);
	if (has_input(connection))
		serve(server, connection, EPOLL_CTL_ADD);
	else if (!wait_in_epoll(server, connection, EPOLL_CTL_ADD))
		close(connection);
}

static void *
work(void *argument)
{
	struct server *server = argument;
	struct epoll_event event;
	int count;

	for (;;) {
		count = epoll_pwait(server->epoll, &event, 1,
		    atomic_load(&server->stopping) ? SERVER_QUIET : -1,
		    &server->waiting);
		if (count == 0)
			return NULL;
		if (count < 0)
			continue;
		if (event.data.fd == server->listener)
			accept_one(server);
		else
			serve(server, event.data.fd, EPOLL_CTL_MOD);
	}
}

static int
watch_listener(const struct server *server)
{
	struct epoll_event event = {
	    .events = EPOLLIN, .data = {.fd = server->listener}};
	int flags = fcntl(server->listener, F_GETFL);

	/* Another process may take the connection that we were woken for. */
	if (flags < 0 ||
	    fcntl(server->listener, F_SETFL, flags | O_NONBLOCK) < 0)
		return -1;
	return epoll_ctl(
	    server->epoll, EPOLL_CTL_ADD, server->listener, &event);
}

static int
start_threads(struct server *server, unsigned count)
{
	pthread_attr_t attributes;
	int error = 0;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	while (server->count < count && !error) {
		error = pthread_create(
		    &server->threads[server->count], &attributes, work, server);
		if (!error)
			server->count++;
	}
	pthread_attr_destroy(&attributes);
	errno = error;
	return error ? -1 : 0;
}

struct server *
server_start(
    int listener, unsigned threads, gateway_handler *handler, void *context)
{
	const struct sigaction wake = {.sa_handler = woken};
	struct server *server;

	server = calloc(1, sizeof *server + threads * sizeof(pthread_t));
	if (!server)
		return NULL;
	server->listener = listener;
	server->handler = handler;
	server->context = context;
	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	sigaction(SIGUSR2, &wake, NULL);
	pthread_sigmask(SIG_SETMASK, NULL, &server->waiting);
	sigdelset(&server->waiting, SIGUSR2);
	if (server->epoll >= 0 && watch_listener(server) == 0 &&
	    start_threads(server, threads) == 0)
		return server;
	{
		int error = errno;

		server_stop(server, false);
		errno = error;
	}
	return NULL;
}

void
server_stop(struct server *server, bool take_all)
{
	unsigned i;

	if (!take_all)
		(void)epoll_ctl(
		    server->epoll, EPOLL_CTL_DEL, server->listener, NULL);
	atomic_store(&server->stopping, true);
	for (i = 0; i < server->count; i++)
		pthread_kill(server->threads[i], SIGUSR2);
	for (i = 0; i < server->count; i++)
		pthread_join(server->threads[i], NULL);
	if (server->epoll >= 0)
		close(server->epoll);
	free(server);
}
