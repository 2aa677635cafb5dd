#include "spool/after.h"

#include "base/clock.h"

void
after_group(struct after *after)
{
	after->is_due = after->call != NULL;
}

bool
after_may_run(const struct after *after)
{
	return after->is_due && !after->runs;
}

void
after_run(struct after *after, pthread_mutex_t *mutex)
{
	after->is_due = false;
	after->runs = true;
	after->since = clock_ms();
	pthread_mutex_unlock(mutex);
	after->call(after->context);
	pthread_mutex_lock(mutex);
	after->runs = false;
}

bool
after_runs_well(const struct after *after)
{
	return after->runs && clock_ms() - after->since < COMMIT_WAIT_MS;
}
