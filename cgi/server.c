#include "cgi/server.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "cgi/connections.h"
#include "cgi/descriptors.h"
#include "cgi/endpoint.h"
#include "cgi/gateway.h"
#include "cgi/notify.h"
#include "cgi/request.h"
#include "spool/commit.h"

/* jansson's recursion and a commit need a quarter of it. */
#define STACK_SIZE ((size_t)256 * 1024)

/* Below a second, so that no call each second is one too early. */
#define TICK_MS 500

struct worker {
	struct server *server;
	pthread_t thread;
	struct read_timeout reading;
};

struct server {
	struct connections *connections;
	struct endpoint *endpoint;
	const struct notify *notify;
	int64_t next_tick; /* clock_ms */
	sigset_t waiting;  /* the signal mask while waiting for events */
	unsigned count;    /* threads that were started */
	struct worker workers[];
};

static void
woken(int signal)
{
	(void)signal;
}

void
server_tick(struct server *server)
{
	const int64_t now = clock_ms();
	unsigned i;

	if (now < server->next_tick)
		return;
	server->next_tick = now + TICK_MS;
	connections_end_overdue(server->connections);
	for (i = 0; i < server->count; i++)
		read_timeout_check(&server->workers[i].reading);
	commit_end_overdue(server->endpoint->commit);
	health_end_overdue(server->endpoint->health);
	notify_alive(server->notify);
	refusals_tick(&server->endpoint->refusals);
}

/* Called by the thread that answered, which need not be the one that read. */
static void
connection_ended(void *context, int connection, enum gateway_end end)
{
	const struct server *server = context;

	switch (end) {
	case GATEWAY_KEEP:
		connections_keep(server->connections, connection);
		break;
	case GATEWAY_LINGER:
		connections_linger(server->connections, connection);
		break;
	case GATEWAY_CLOSE:
		connections_close(server->connections, connection);
		break;
	}
}

static void *
work(void *argument)
{
	struct worker *worker = argument;
	struct server *server = worker->server;
	struct gateway_request *request;
	int64_t began;
	int connection;

	while ((connection = connections_wait(
		    server->connections, &server->waiting)) >= 0) {
		began = clock_ms();
		request = gateway_begin(
		    connection, &worker->reading, connection_ended, server);
		if (request)
			request_answer(server->endpoint, request, began);
		else if (errno == EAGAIN)
			connections_await(server->connections, connection);
		else
			connections_closed(server->connections);
	}
	return NULL;
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
server_start(int listener, unsigned threads, struct endpoint *endpoint,
    const struct notify *notify)
{
	const struct sigaction wake = {.sa_handler = woken};
	struct server *server;
	int error;

	server = calloc(1, sizeof *server + threads * sizeof(struct worker));
	if (!server)
		return NULL;
	server->endpoint = endpoint;
	server->notify = notify;
	server->connections =
	    connections_new(listener, descriptors_connections_max(threads));
	sigaction(SIGUSR2, &wake, NULL);
	pthread_sigmask(SIG_SETMASK, NULL, &server->waiting);
	sigdelset(&server->waiting, SIGUSR2);
	if (server->connections && start_threads(server, threads) == 0)
		return server;
	error = errno;
	server_stop(server, false);
	errno = error;
	return NULL;
}

/* The tick goes on, so that a client that sends byte by byte cannot hold it. */
static void
join_worker(struct server *server, const struct worker *worker)
{
	struct timespec second_from_now;

	do {
		server_tick(server);
		clock_gettime(CLOCK_REALTIME, &second_from_now);
		second_from_now.tv_sec++;
	} while (pthread_timedjoin_np(worker->thread, NULL, &second_from_now) ==
		 ETIMEDOUT);
}

void
server_stop(struct server *server, bool close_listener)
{
	unsigned i;

	if (server->connections)
		connections_stop(server->connections, close_listener);
	for (i = 0; i < server->count; i++)
		pthread_kill(server->workers[i].thread, SIGUSR2);
	for (i = 0; i < server->count; i++)
		join_worker(server, &server->workers[i]);
	health_stop(server->endpoint->health);
	connections_free(server->connections);
	free(server);
}
