#include "cgi/refusals.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/say.h"
#include "cgi/web_server.h"

void
refusals_init(struct refusals *refusals, bool all)
{
	*refusals = (struct refusals){.all = all};
	pthread_mutex_init(&refusals->mutex, NULL);
}

void
refusals_destroy(struct refusals *refusals)
{
	pthread_mutex_destroy(&refusals->mutex);
}

/* A log that is stuck must not hold up the thread that commits. */
static bool
can_say(void)
{
	struct pollfd log = {.fd = STDERR_FILENO, .events = POLLOUT};

	return poll(&log, 1, 0) > 0;
}

/* The static functions below are called with the mutex held. */
static void
say_left_out(struct refusals *refusals)
{
	if (refusals->left_out == 0 || !can_say())
		return;
	say("%u more requests were refused", refusals->left_out);
	refusals->left_out = 0;
}

static void
begin_second(struct refusals *refusals)
{
	const int64_t second = clock_ms() / 1000;

	if (second == refusals->second)
		return;
	refusals->second = second;
	refusals->written = 0;
	say_left_out(refusals);
}

static void
say_one(struct refusals *refusals, const char *line)
{
	begin_second(refusals);
	if (refusals->written >= REFUSALS_PER_SECOND || !can_say()) {
		refusals->left_out++;
		return;
	}
	refusals->written++;
	say("%s", line);
}

/* Would the web server log a secret beside the line? */
static bool
is_telling(const struct gateway_request *gateway)
{
	const char *query = gateway_param(gateway, "QUERY_STRING");
	const char *software = gateway_param(gateway, "SERVER_SOFTWARE");

	return query && *query && web_server_find(software)->logs_query;
}

void
refusals_log(struct refusals *refusals, struct gateway_request *gateway,
    const char *line)
{
	const bool is_secret = is_telling(gateway);
	char text[1024];

	if (!is_secret) {
		snprintf(text, sizeof text, "mixspool: %s\n", line);
		gateway_log(gateway, text);
	}
	if (refusals->is_cgi || (!is_secret && !refusals->all))
		return;
	pthread_mutex_lock(&refusals->mutex);
	say_one(refusals, line);
	pthread_mutex_unlock(&refusals->mutex);
}

void
refusals_tick(struct refusals *refusals)
{
	pthread_mutex_lock(&refusals->mutex);
	begin_second(refusals);
	pthread_mutex_unlock(&refusals->mutex);
}
