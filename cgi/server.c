#include "cgi/server.h"

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
#include <time.h>
#include <unistd.h>

#include "cgi/descriptors.h"
#include "cgi/endpoint.h"
#include "cgi/gateway.h"
#include "cgi/request.h"
#include "spool/commit.h"

/* jansson's recursion and a commit need a quarter of it. */
#define STACK_SIZE ((size_t)256 * 1024)
#define ACCEPT_PAUSE 50 /* ms, when there is no descriptor for one */

/* For what waits to be accepted at the end: 2 s, when there is no descriptor.
 */
#define ACCEPT_TRIES (2000 / ACCEPT_PAUSE)

struct worker {
	struct server *server;
	pthread_t thread;
	struct read_timeout reading;
};

struct server {
	int listener;
	bool is_tcp;
	int epoll;
	atomic_bool stopping;
	atomic_bool paused; /* the listener, for a lack of descriptors */
	atomic_uint open;   /* connections */
	unsigned open_max;
	sigset_t waiting; /* the signal mask while waiting for events */
	struct endpoint *endpoint;
	unsigned count;
	struct worker workers[];
};

static void
woken(int signal)
{
	(void)signal;
}

/*
 * For one event: who takes it arms it again, unless there is no room. What
 * fails here would leave the receiver deaf, so it is tried until it does not.
 */
static void
arm_listener(const struct server *server)
{
	struct epoll_event event = {
	    .events = EPOLLIN | EPOLLONESHOT, .data = {.fd = server->listener}};

	while (epoll_ctl(server->epoll, EPOLL_CTL_MOD, server->listener,
		   &event) < 0 &&
	       errno != ENOENT)
		poll(NULL, 0, ACCEPT_PAUSE);
}

static void
resume_accepting(struct server *server)
{
	if (atomic_exchange(&server->paused, false))
		arm_listener(server);
}

/* Whoever closes a connection meanwhile sees the pause, or is seen by it. */
static void
rearm_listener(struct server *server)
{
	atomic_store(&server->paused, true);
	if (atomic_load(&server->open) < server->open_max)
		resume_accepting(server);
}

static void
close_connection(struct server *server, int connection)
{
	close(connection);
	atomic_fetch_sub(&server->open, 1);
	resume_accepting(server);
}

/*
 * One event wakes one thread, which then owns the connection until it, or who
 * answers the request, arms it again: EPOLLONESHOT.
 */
static void
wait_in_epoll(struct server *server, int connection)
{
	struct epoll_event event = {
	    .events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT,
	    .data = {.fd = connection},
	};

	if (epoll_ctl(server->epoll, EPOLL_CTL_MOD, connection, &event) < 0 &&
	    (errno != ENOENT || epoll_ctl(server->epoll, EPOLL_CTL_ADD,
				    connection, &event) < 0))
		close_connection(server, connection);
}

void
server_check_read_timeouts(struct server *server)
{
	unsigned i;

	for (i = 0; i < server->count; i++)
		read_timeout_check(&server->workers[i].reading);
	commit_end_overdue(server->endpoint->commit);
}

/* On the thread that answered the request, whichever read it. */
static void
connection_ended(void *context, int connection, enum gateway_end end)
{
	struct server *server = context;

	if (end == GATEWAY_KEEP && !atomic_load(&server->stopping)) {
		wait_in_epoll(server, connection);
		return;
	}
	if (end == GATEWAY_LINGER)
		gateway_linger(connection);
	close_connection(server, connection);
}

static void
serve(struct worker *worker, int connection)
{
	struct server *server = worker->server;
	struct gateway_request *request;

	request = gateway_begin(
	    connection, &worker->reading, connection_ended, server);
	if (request)
		request_answer(server->endpoint, request);
	else
		close_connection(server, connection);
}

static bool
has_input(int connection)
{
	char byte;

	return recv(connection, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 ||
	       errno != EAGAIN;
}

static void
set_up(const struct server *server, int connection)
{
	const struct timeval timeout = {.tv_sec = READ_TIMEOUT_MS / 1000};
	int on = 1;

	/* What fails here costs patience or speed, not correctness. */
	(void)setsockopt(
	    connection, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
	if (server->is_tcp)
		(void)setsockopt(
		    connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* A new connection, or -1 and errno, EAGAIN when none waits. */
static int
accept_one(struct server *server)
{
	int connection = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
	int error = errno;

	if (connection < 0) {
		/* Else the listener, still ready, would have us spin. */
		if (error == EMFILE || error == ENFILE || error == ENOBUFS ||
		    error == ENOMEM)
			poll(NULL, 0, ACCEPT_PAUSE);
		errno = error;
		return -1;
	}
	set_up(server, connection);
	atomic_fetch_add(&server->open, 1);
	return connection;
}

static void
accept_and_serve(struct worker *worker)
{
	int connection = accept_one(worker->server);

	rearm_listener(worker->server);
	if (connection < 0)
		return;
	if (has_input(connection))
		serve(worker, connection);
	else
		wait_in_epoll(worker->server, connection);
}

static void *
work(void *argument)
{
	struct worker *worker = argument;
	struct server *server = worker->server;
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
		if (event.data.fd != server->listener)
			serve(worker, event.data.fd);
		else if (!atomic_load(&server->stopping))
			accept_and_serve(worker);
	}
}

static bool
is_tcp(int listener)
{
	struct sockaddr_storage address = {0};
	socklen_t size = sizeof address;

	return getsockname(listener, (struct sockaddr *)&address, &size) < 0 ||
	       address.ss_family != AF_UNIX;
}

static int
open_listener(const struct server *server)
{
	struct epoll_event event = {
	    .events = EPOLLIN | EPOLLONESHOT, .data = {.fd = server->listener}};
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
		struct worker *worker = &server->workers[server->count];

		worker->server = server;
		read_timeout_init(&worker->reading);
		error =
		    pthread_create(&worker->thread, &attributes, work, worker);
		if (!error)
			server->count++;
	}
	pthread_attr_destroy(&attributes);
	errno = error;
	return error ? -1 : 0;
}

struct server *
server_start(int listener, unsigned threads, struct endpoint *endpoint)
{
	const struct sigaction wake = {.sa_handler = woken};
	struct server *server;

	server = calloc(1, sizeof *server + threads * sizeof(struct worker));
	if (!server)
		return NULL;
	server->listener = listener;
	server->is_tcp = is_tcp(listener);
	server->open_max = descriptors_connections_max(threads);
	server->endpoint = endpoint;
	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	sigaction(SIGUSR2, &wake, NULL);
	pthread_sigmask(SIG_SETMASK, NULL, &server->waiting);
	sigdelset(&server->waiting, SIGUSR2);
	if (server->epoll >= 0 && open_listener(server) == 0 &&
	    start_threads(server, threads) == 0)
		return server;
	{
		int error = errno;

		server_stop(server, false);
		errno = error;
	}
	return NULL;
}

/* A client that sends its request byte by byte is not waited for for ever. */
static void
join_worker(struct server *server, const struct worker *worker)
{
	struct timespec second_from_now;

	do {
		server_check_read_timeouts(server);
		clock_gettime(CLOCK_REALTIME, &second_from_now);
		second_from_now.tv_sec++;
	} while (pthread_timedjoin_np(worker->thread, NULL, &second_from_now) ==
		 ETIMEDOUT);
}

/*
 * What waits at the listener, which dies with this process. The descriptors of
 * the requests in hand are not for it, but their connections end.
 */
static void
accept_the_rest(struct server *server)
{
	int connection, tries;

	for (tries = 0; tries < ACCEPT_TRIES; tries++) {
		if (atomic_load(&server->open) >= server->open_max) {
			poll(NULL, 0, ACCEPT_PAUSE);
			continue;
		}
		connection = accept_one(server);
		if (connection < 0 && errno == EAGAIN)
			return;
		if (connection < 0)
			continue;
		wait_in_epoll(server, connection);
		tries = 0;
	}
}

void
server_stop(struct server *server, bool close_listener)
{
	unsigned i;

	(void)epoll_ctl(server->epoll, EPOLL_CTL_DEL, server->listener, NULL);
	if (close_listener) {
		/* Clients that go on connecting must not keep it alive. */
		(void)listen(server->listener, 1);
		accept_the_rest(server);
		shutdown(server->listener, SHUT_RDWR);
	}
	atomic_store(&server->stopping, true);
	for (i = 0; i < server->count; i++)
		pthread_kill(server->workers[i].thread, SIGUSR2);
	for (i = 0; i < server->count; i++)
		join_worker(server, &server->workers[i]);
	if (server->epoll >= 0)
		close(server->epoll);
	free(server);
}
