#include "cgi/connections.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "cgi/acceptor.h"
#include "cgi/arm.h"
#include "cgi/lingering.h"

struct connections {
	int epoll;
	atomic_bool stopping;
	struct acceptor acceptor;
	struct lingering lingering;
};

struct connections *
connections_new(int listener, unsigned max)
{
	struct connections *connections = calloc(1, sizeof *connections);

	if (!connections)
		return NULL;
	connections->epoll = epoll_create1(EPOLL_CLOEXEC);
	/* At most half may linger, so that others can come. */
	lingering_init(
	    &connections->lingering, connections->epoll, max > 1 ? max / 2 : 1);
	if (connections->epoll >= 0 &&
	    acceptor_open(
		&connections->acceptor, connections->epoll, listener, max) == 0)
		return connections;
	connections_free(connections);
	return NULL;
}

void
connections_free(struct connections *connections)
{
	if (!connections)
		return;
	lingering_destroy(&connections->lingering);
	fd_close(connections->epoll);
	free(connections);
}

void
connections_close(struct connections *connections, int connection)
{
	close(connection);
	acceptor_closed(&connections->acceptor);
}

static void
wait_for_request(struct connections *connections, int connection)
{
	if (arm(connections->epoll, connection, (uint32_t)connection) < 0)
		connections_close(connections, connection);
}

void
connections_keep(struct connections *connections, int connection)
{
	if (atomic_load(&connections->stopping))
		connections_close(connections, connection);
	else
		wait_for_request(connections, connection);
}

void
connections_linger(struct connections *connections, int connection)
{
	if (lingering_add(&connections->lingering, connection) < 0)
		connections_close(connections, connection);
}

void
connections_end_overdue(struct connections *connections)
{
	lingering_end_overdue(&connections->lingering);
}

static bool
has_input(int connection)
{
	char byte;

	return recv(connection, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 ||
	       errno != EAGAIN;
}

/* A new connection that has sent something already, or -1. */
static int
take_new(struct connections *connections)
{
	int connection = acceptor_take(&connections->acceptor);

	if (connection < 0 || has_input(connection))
		return connection;
	wait_for_request(connections, connection);
	return -1;
}

/* The connection of a request that this event announces, or -1. */
static int
take_event(struct connections *connections, uint64_t data)
{
	const int fd = (int)(uint32_t)data;

	if (data & LINGERING_EVENT) {
		if (!lingering_drop(&connections->lingering, fd))
			connections_close(connections, fd);
		return -1;
	}
	if (fd != connections->acceptor.listener)
		return fd;
	return atomic_load(&connections->stopping) ? -1 : take_new(connections);
}

/* At the stop: the answers on connections that linger must arrive, too. */
static bool
is_done(struct connections *connections)
{
	lingering_end_overdue(&connections->lingering);
	return lingering_is_empty(&connections->lingering);
}

int
connections_wait(struct connections *connections, const sigset_t *mask)
{
	struct epoll_event event;
	int connection = -1, count;

	while (connection < 0) {
		count = epoll_pwait(connections->epoll, &event, 1,
		    atomic_load(&connections->stopping) ? CONNECTIONS_QUIET
							: -1,
		    mask);
		if (count > 0)
			connection = take_event(connections, event.data.u64);
		else if (count == 0 && is_done(connections))
			return -1;
	}
	return connection;
}

void
connections_stop(struct connections *connections, bool is_last)
{
	struct acceptor *acceptor = &connections->acceptor;
	int connection;

	acceptor_stop(acceptor);
	if (is_last) {
		/* Clients that go on connecting must not keep it alive. */
		(void)listen(acceptor->listener, 1);
		while ((connection = acceptor_take_last(acceptor)) >= 0)
			wait_for_request(connections, connection);
		shutdown(acceptor->listener, SHUT_RDWR);
	}
	atomic_store(&connections->stopping, true);
}
