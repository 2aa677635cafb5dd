#include "cgi/recorder.h"

#include <time.h>

#include "cgi/endpoint.h"

#define WAIT_S 1

/* With the mutex held. While it waits here, to wake it takes no system call. */
static void
recorder_pause(struct recorder *recorder)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += RECORDER_PAUSE_MS * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	while (!recorder->ends && pthread_cond_timedwait(&recorder->end,
				      &recorder->mutex, &until) == 0)
		;
}

static void *
record(void *argument)
{
	struct recorder *recorder = argument;
	bool ends;

	pthread_mutex_lock(&recorder->mutex);
	do {
		while (!recorder->is_wanted && !recorder->ends)
			pthread_cond_wait(&recorder->change, &recorder->mutex);
		recorder->is_wanted = false;
		ends = recorder->ends;
		pthread_mutex_unlock(&recorder->mutex);
		endpoint_tick_journals(recorder->endpoint);
		pthread_mutex_lock(&recorder->mutex);
		recorder_pause(recorder);
	} while (!ends);
	pthread_mutex_unlock(&recorder->mutex);
	return NULL;
}

void
recorder_start(struct recorder *recorder, struct endpoint *endpoint)
{
	pthread_condattr_t attributes;

	*recorder = (struct recorder){.endpoint = endpoint};
	pthread_mutex_init(&recorder->mutex, NULL);
	pthread_cond_init(&recorder->change, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&recorder->end, &attributes);
	pthread_condattr_destroy(&attributes);
	recorder->runs =
	    pthread_create(&recorder->thread, NULL, record, recorder) == 0;
}

static void
demand(struct recorder *recorder, bool ends)
{
	pthread_mutex_lock(&recorder->mutex);
	recorder->is_wanted = true;
	recorder->ends |= ends;
	pthread_cond_signal(&recorder->change);
	if (ends)
		pthread_cond_signal(&recorder->end);
	pthread_mutex_unlock(&recorder->mutex);
}

void
recorder_wake(struct recorder *recorder)
{
	if (recorder->runs)
		demand(recorder, false);
}

void
recorder_tick(struct recorder *recorder)
{
	if (recorder->runs && endpoint_is_journal_due(recorder->endpoint))
		demand(recorder, false);
}

bool
recorder_end(struct recorder *recorder)
{
	struct timespec end;

	if (!recorder->runs)
		return true;
	demand(recorder, true);
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += WAIT_S;
	recorder->runs =
	    pthread_timedjoin_np(recorder->thread, NULL, &end) != 0;
	return !recorder->runs;
}
