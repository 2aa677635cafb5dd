#include "cgi/acceptor.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "cgi/read_timeout.h"

#define PAUSE 50 /* ms, when there is no descriptor */
#define LAST_TRIES (2000 / PAUSE)

static bool
is_tcp(int listener)
{
	struct sockaddr_storage address = {0};
	socklen_t size = sizeof address;

	return getsockname(listener, (struct sockaddr *)&address, &size) < 0 ||
	       address.ss_family != AF_UNIX;
}

static int
control(const struct acceptor *acceptor, int operation)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT,
	    .data = {.u64 = (uint32_t)acceptor->listener}};

	return epoll_ctl(
	    acceptor->epoll, operation, acceptor->listener, &event);
}

int
acceptor_open(struct acceptor *acceptor, int epoll, int listener, unsigned max)
{
	int flags = fcntl(listener, F_GETFL);

	acceptor->listener = listener;
	acceptor->epoll = epoll;
	acceptor->is_tcp = is_tcp(listener);
	acceptor->max = max;
	atomic_init(&acceptor->open, 0);
	atomic_init(&acceptor->paused, false);
	/* Another process may take the connection that an event announces. */
	if (flags < 0 || fcntl(listener, F_SETFL, flags | O_NONBLOCK) < 0)
		return -1;
	return control(acceptor, EPOLL_CTL_ADD);
}

/* A failure would leave the receiver deaf, so this tries until it works.
   ENOENT: acceptor_stop was called. */
static void
resume(struct acceptor *acceptor)
{
	if (!atomic_exchange(&acceptor->paused, false))
		return;
	while (control(acceptor, EPOLL_CTL_MOD) < 0 && errno != ENOENT)
		poll(NULL, 0, PAUSE);
}

/*
 * The flag is set before the count is read: a thread that closes a connection
 * in between then resumes for us.
 */
static void
rearm(struct acceptor *acceptor)
{
	atomic_store(&acceptor->paused, true);
	if (atomic_load(&acceptor->open) < acceptor->max)
		resume(acceptor);
}

void
acceptor_closed(struct acceptor *acceptor)
{
	atomic_fetch_sub(&acceptor->open, 1);
	resume(acceptor);
}

static void
set_up(const struct acceptor *acceptor, int connection)
{
	const struct timeval timeout = {.tv_sec = READ_TIMEOUT_MS / 1000};
	int on = 1;

	/* For what libfcgi writes while it reads. A failure costs patience or
	   speed, not correctness. */
	(void)setsockopt(
	    connection, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
	if (acceptor->is_tcp)
		(void)setsockopt(
		    connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* -1 and errno: EAGAIN when none waits. */
static int
take(struct acceptor *acceptor)
{
	int connection = accept4(acceptor->listener, NULL, NULL, SOCK_CLOEXEC);
	int error = errno;

	if (connection >= 0) {
		set_up(acceptor, connection);
		atomic_fetch_add(&acceptor->open, 1);
		return connection;
	}
	/* The listener stays ready: without a pause its events would spin. */
	if (error == EMFILE || error == ENFILE || error == ENOBUFS ||
	    error == ENOMEM)
		poll(NULL, 0, PAUSE);
	errno = error;
	return -1;
}

int
acceptor_take(struct acceptor *acceptor)
{
	int connection = take(acceptor);

	rearm(acceptor);
	return connection;
}

void
acceptor_stop(struct acceptor *acceptor)
{
	(void)control(acceptor, EPOLL_CTL_DEL);
}

/* Connections do not take the descriptors that the requests in hand need; they
   get those that these requests free. */
int
acceptor_take_last(struct acceptor *acceptor)
{
	int connection, tries;

	for (tries = 0; tries < LAST_TRIES; tries++) {
		if (atomic_load(&acceptor->open) >= acceptor->max) {
			poll(NULL, 0, PAUSE);
			continue;
		}
		connection = take(acceptor);
		if (connection >= 0 || errno == EAGAIN)
			return connection;
	}
	return -1;
}
