#include "cgi/read_timeout.h"

#include <sys/socket.h>

#include "base/clock.h"

#define NOBODY (-1) /* in read_timeout.connection: not reading */
#define BEING_CUT (-2)

void
patience_init(struct patience *patience)
{
	atomic_init(&patience->connection, NOBODY);
	atomic_init(&patience->is_over, false);
}

void
patience_begin(struct patience *patience, int connection)
{
	atomic_store(&patience->is_over, false);
	atomic_store(&patience->deadline, clock_ms() + PATIENCE_MS);
	atomic_store(&patience->connection, connection);
}

/* From here on the connection may be closed: nobody else touches it. */
void
patience_end(struct patience *patience, int connection)
{
	int expected = connection;

	while (!atomic_compare_exchange_weak(
	    &patience->connection, &expected, NOBODY))
		expected = connection;
}

void
patience_check(struct patience *patience)
{
	int connection = atomic_load(&patience->connection);

	/* While it is being cut the reader neither closes nor begins one. */
	if (connection < 0 ||
	    !atomic_compare_exchange_strong(
		&patience->connection, &connection, BEING_CUT))
		return;
	if (clock_ms() >= atomic_load(&patience->deadline)) {
		/* Before the reader can see the end that this makes. */
		atomic_store(&patience->is_over, true);
		shutdown(connection, SHUT_RD);
	}
	atomic_store(&patience->connection, connection);
}

bool
patience_is_over(const struct patience *patience)
{
	return atomic_load(&patience->is_over);
}
