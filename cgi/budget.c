#include "cgi/budget.h"

#include <errno.h>
#include <time.h>

void
budget_init(struct budget *budget, uint64_t max)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&budget->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&budget->given, &attributes);
	pthread_condattr_destroy(&attributes);
	budget->used = 0;
	budget->max = max;
}

void
budget_destroy(struct budget *budget)
{
	pthread_cond_destroy(&budget->given);
	pthread_mutex_destroy(&budget->mutex);
}

static bool
fits(const struct budget_share *share, uint64_t bytes)
{
	const struct budget *budget = share->budget;
	const uint64_t others = budget->used - share->bytes;

	return others == 0 ||
	       (bytes <= budget->max && others <= budget->max - bytes);
}

static void
set(struct budget_share *share, uint64_t bytes)
{
	share->budget->used += bytes - share->bytes;
	share->bytes = bytes;
}

bool
budget_take(struct budget_share *share, uint64_t bytes)
{
	struct budget *budget = share->budget;
	struct timespec deadline;
	bool taken;
	int error = 0;

	if (bytes <= share->bytes)
		return true;
	pthread_mutex_lock(&budget->mutex);
	taken = fits(share, bytes);
	if (!taken) {
		clock_gettime(CLOCK_MONOTONIC, &deadline);
		deadline.tv_sec += BUDGET_WAIT_MS / 1000;
	}
	while (!taken && error != ETIMEDOUT) {
		error = pthread_cond_timedwait(
		    &budget->given, &budget->mutex, &deadline);
		taken = fits(share, bytes);
	}
	if (taken)
		set(share, bytes);
	pthread_mutex_unlock(&budget->mutex);
	return taken;
}

void
budget_add(struct budget_share *share, uint64_t bytes)
{
	pthread_mutex_lock(&share->budget->mutex);
	set(share, share->bytes + bytes);
	pthread_mutex_unlock(&share->budget->mutex);
}

void
budget_give(struct budget_share *share)
{
	if (share->bytes == 0)
		return;
	pthread_mutex_lock(&share->budget->mutex);
	set(share, 0);
	pthread_cond_broadcast(&share->budget->given);
	pthread_mutex_unlock(&share->budget->mutex);
}
