#include "cgi/lingering.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "cgi/arm.h"

/* Reads at a time, so that a fast sender takes turns with others. */
#define READS 16

void
lingering_init(struct lingering *lingering, int epoll, unsigned max)
{
	lingering->epoll = epoll;
	pthread_mutex_init(&lingering->mutex, NULL);
	lingering->max = max < LINGERING_MAX ? max : LINGERING_MAX;
	lingering->count = 0;
}

void
lingering_destroy(struct lingering *lingering)
{
	pthread_mutex_destroy(&lingering->mutex);
}

/* The static functions on the list are called with the mutex held. */
static void
take_off(struct lingering *lingering, unsigned at)
{
	lingering->count--;
	memmove(&lingering->list[at], &lingering->list[at + 1],
	    (lingering->count - at) * sizeof lingering->list[0]);
}

/* The index, or `count` when it is not on the list. */
static unsigned
position(const struct lingering *lingering, int connection)
{
	unsigned at = 0;

	while (at < lingering->count &&
	       lingering->list[at].connection != connection)
		at++;
	return at;
}

/*
 * Only the owner closes the connection, and by then it is off the list, so its
 * number still means the same. The shutdown is an event, which the owner
 * awaits.
 */
static void
end_oldest(struct lingering *lingering)
{
	shutdown(lingering->list[0].connection, SHUT_RDWR);
	take_off(lingering, 0);
}

/* The connection of this index waits for its next event, or is off the list. */
static int
wait_for_more(struct lingering *lingering, unsigned at)
{
	const int connection = lingering->list[at].connection;

	if (arm(lingering->epoll, connection,
		(uint32_t)connection | LINGERING_EVENT) == 0)
		return 0;
	take_off(lingering, at);
	return -1;
}

int
lingering_add(struct lingering *lingering, int connection)
{
	unsigned at;
	int result;

	if (shutdown(connection, SHUT_WR) < 0)
		return -1;
	pthread_mutex_lock(&lingering->mutex);
	if (lingering->count == lingering->max)
		end_oldest(lingering);
	at = lingering->count++;
	lingering->list[at].connection = connection;
	lingering->list[at].deadline = clock_ms() + LINGERING_MS;
	result = wait_for_more(lingering, at);
	pthread_mutex_unlock(&lingering->mutex);
	return result;
}

/* False: the peer has closed, or the connection is broken. */
static bool
drop_some(int connection)
{
	char rest[4096];
	ssize_t got;
	int reads = 0;

	do
		got = recv(connection, rest, sizeof rest, MSG_DONTWAIT);
	while (got > 0 && ++reads < READS);
	return got > 0 || (got < 0 && errno == EAGAIN);
}

bool
lingering_drop(struct lingering *lingering, int connection)
{
	const bool is_open = drop_some(connection);
	bool goes_on = false;
	unsigned at;

	pthread_mutex_lock(&lingering->mutex);
	at = position(lingering, connection);
	if (at < lingering->count) {
		if (is_open)
			goes_on = wait_for_more(lingering, at) == 0;
		else
			take_off(lingering, at);
	}
	pthread_mutex_unlock(&lingering->mutex);
	return goes_on;
}

void
lingering_end_overdue(struct lingering *lingering)
{
	const int64_t now = clock_ms();

	pthread_mutex_lock(&lingering->mutex);
	while (lingering->count > 0 && lingering->list[0].deadline <= now)
		end_oldest(lingering);
	pthread_mutex_unlock(&lingering->mutex);
}

bool
lingering_is_empty(struct lingering *lingering)
{
	bool is_empty;

	pthread_mutex_lock(&lingering->mutex);
	is_empty = lingering->count == 0;
	pthread_mutex_unlock(&lingering->mutex);
	return is_empty;
}
