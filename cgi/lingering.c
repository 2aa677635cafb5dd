#include "cgi/lingering.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

/* Reads at a time, so that a fast sender takes turns with others. */
#define READS 16

void
lingering_init(struct lingering *lingering, unsigned max)
{
	pthread_mutex_init(&lingering->mutex, NULL);
	lingering->max = max < LINGERING_MAX ? max : LINGERING_MAX;
	lingering->count = 0;
}

void
lingering_destroy(struct lingering *lingering)
{
	pthread_mutex_destroy(&lingering->mutex);
}

/* take_off, position and end_oldest are called with the mutex held. */
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

int
lingering_add(struct lingering *lingering, int connection)
{
	if (shutdown(connection, SHUT_WR) < 0)
		return -1;
	pthread_mutex_lock(&lingering->mutex);
	if (lingering->count == lingering->max)
		end_oldest(lingering);
	lingering->list[lingering->count].connection = connection;
	lingering->list[lingering->count].deadline = clock_ms() + LINGERING_MS;
	lingering->count++;
	pthread_mutex_unlock(&lingering->mutex);
	return 0;
}

void
lingering_remove(struct lingering *lingering, int connection)
{
	unsigned at;

	pthread_mutex_lock(&lingering->mutex);
	at = position(lingering, connection);
	if (at < lingering->count)
		take_off(lingering, at);
	pthread_mutex_unlock(&lingering->mutex);
}

bool
lingering_drop(struct lingering *lingering, int connection)
{
	char rest[4096];
	ssize_t got;
	int reads = 0;
	bool is_listed;

	do
		got = recv(connection, rest, sizeof rest, MSG_DONTWAIT);
	while (got > 0 && ++reads < READS);
	if (got == 0 || (got < 0 && errno != EAGAIN)) {
		lingering_remove(lingering, connection);
		return false;
	}
	pthread_mutex_lock(&lingering->mutex);
	is_listed = position(lingering, connection) < lingering->count;
	pthread_mutex_unlock(&lingering->mutex);
	return is_listed;
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
