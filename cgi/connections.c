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
connections_closed(struct connections *connections)
{
	acceptor_closed(&connections->acceptor);
}

void
connections_close(struct connections *connections, int connection)
{
	close(connection);
	connections_closed(connections);
}

void
connections_await(struct connections *connections, int connection)
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
		connections_await(connections, connection);
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

/* The connection that this event announces, or -1. */
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
	return atomic_load(&connections->stopping)
		   ? -1
		   : acceptor_take(&connections->acceptor);
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
			connections_await(connections, connection);
		shutdown(acceptor->listener, SHUT_RDWR);
	}
	atomic_store(&connections->stopping, true);
}
