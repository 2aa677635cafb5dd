#include "cgi/reload.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cgi/endpoint.h"

#define WAIT_S 1

void
reload_init(struct reload *reload, struct endpoint *endpoint,
    void (*report)(const char *error))
{
	*reload = (struct reload){.endpoint = endpoint, .report = report};
}

static void *
read_secret(void *argument)
{
	const struct reload *reload = argument;
	char error[SECRET_ERROR_SIZE];

	reload->report(
	    endpoint_load_secret(reload->endpoint, error) < 0 ? error : NULL);
	return NULL;
}

static bool
still_reads(struct reload *reload)
{
	if (reload->runs && pthread_tryjoin_np(reload->thread, NULL) == 0)
		reload->runs = false;
	return reload->runs;
}

void
reload_start(struct reload *reload)
{
	char sentence[SECRET_ERROR_SIZE];
	int error;

	if (!reload->endpoint->settings.secret_file)
		return;
	reload->again = still_reads(reload);
	if (reload->again)
		return;
	error = pthread_create(&reload->thread, NULL, read_secret, reload);
	reload->runs = error == 0;
	if (reload->runs)
		return;
	snprintf(sentence, sizeof sentence,
	    "cannot start a thread to read the secret: %s", strerror(error));
	reload->report(sentence);
}

void
reload_tick(struct reload *reload)
{
	if (reload->again)
		reload_start(reload);
}

bool
reload_end(struct reload *reload)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += WAIT_S;
	if (reload->runs &&
	    pthread_timedjoin_np(reload->thread, NULL, &end) == 0)
		reload->runs = false;
	return !reload->runs;
}
