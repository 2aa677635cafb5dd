#include "send/pace.h"

#include <unistd.h>

#include "base/clock.h"

void
pace_start(struct pace *pace, double rate, uint64_t pause_s)
{
	*pace = (struct pace){
	    .rate = rate, .pause_s = pause_s, .allowed = 1, .at = clock_ms()};
	/* Senders that start together must not come back together. */
	pace->jitter.state =
	    random_mix((uint64_t)getpid()) ^ (uint64_t)pace->at;
}

/* The allowance grows with time, up to that of a fiftieth of a second. */
bool
pace_allows(struct pace *pace)
{
	const double most = pace->rate / 50 < 1 ? 1 : pace->rate / 50;
	const int64_t now = clock_ms();

	pace->allowed += pace->rate * (double)(now - pace->at) / 1000;
	if (pace->allowed > most)
		pace->allowed = most;
	pace->at = now;
	return pace->rate == 0.0 || pace->allowed >= 1;
}

void
pace_take(struct pace *pace)
{
	pace->allowed--;
}

int64_t
pace_ms(const struct pace *pace)
{
	if (pace->rate == 0.0 || pace->allowed >= 1)
		return -1;
	return 1 + (int64_t)((1 - pace->allowed) * 1000 / pace->rate);
}

int64_t
pace_pause_ms(struct pace *pace, uint64_t attempt)
{
	uint64_t ms = pace->pause_s * 1000;

	while (--attempt > 0 && ms < PACE_LONGEST_MS)
		ms *= 2;
	if (ms > PACE_LONGEST_MS)
		ms = PACE_LONGEST_MS;
	return (int64_t)(ms / 2 + random_below(&pace->jitter, ms / 2 + 1));
}
