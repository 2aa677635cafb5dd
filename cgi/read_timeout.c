#include "cgi/read_timeout.h"

#include <sys/socket.h>

#include "base/clock.h"

/* States in timeout->connection. */
#define NOT_READING (-1)
#define BEING_CHECKED (-2)

void
read_timeout_init(struct read_timeout *timeout)
{
	atomic_init(&timeout->connection, NOT_READING);
	atomic_init(&timeout->is_over, false);
}

void
read_timeout_begin(struct read_timeout *timeout, int connection)
{
	atomic_store(&timeout->is_over, false);
	atomic_store(&timeout->deadline, clock_ms() + READ_TIMEOUT_MS);
	atomic_store(&timeout->connection, connection);
}

void
read_timeout_resume(struct read_timeout *timeout, int connection)
{
	atomic_store(&timeout->connection, connection);
}

/* When this returns the connection may be closed: no other thread uses it. */
void
read_timeout_end(struct read_timeout *timeout, int connection)
{
	int expected = connection;

	while (!atomic_compare_exchange_weak(
	    &timeout->connection, &expected, NOT_READING))
		expected = connection;
}

void
read_timeout_check(struct read_timeout *timeout)
{
	int connection = atomic_load(&timeout->connection);

	/* While it is BEING_CHECKED, the reader waits in read_timeout_end. */
	if (connection < 0 ||
	    !atomic_compare_exchange_strong(
		&timeout->connection, &connection, BEING_CHECKED))
		return;
	if (clock_ms() >= atomic_load(&timeout->deadline)) {
		/* Set before the reader can notice the shutdown. */
		atomic_store(&timeout->is_over, true);
		shutdown(connection, SHUT_RD);
	}
	atomic_store(&timeout->connection, connection);
}

bool
read_timeout_is_over(const struct read_timeout *timeout)
{
	return atomic_load(&timeout->is_over);
}
