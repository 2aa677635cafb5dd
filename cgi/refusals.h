/*
 * refusals.h: which log gets the line about a refused request.
 *
 * It goes to the web server's error log, unless the request's URL has a query,
 * which may carry the secret, and the web server would log the two together.
 * By FastCGI it goes to the program's own standard error in that case, and in
 * all cases if the settings ask for it. By CGI standard error is the web
 * server's.
 */
#ifndef REFUSALS_H
#define REFUSALS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "cgi/gateway.h"

/* On the program's own standard error, so that a flood does not fill a disk. */
#define REFUSALS_PER_SECOND 100

struct refusals {
	bool is_cgi;
	bool all; /* on the program's own standard error */
	pthread_mutex_t mutex;
	int64_t second;             /* by clock_ms */
	unsigned written, left_out; /* in that second; in all since the last */
};

void refusals_init(struct refusals *refusals, bool all);
void refusals_destroy(struct refusals *refusals);

/* LINE has no line end and no program's name. A line that standard error cannot
   take at once is left out. */
void refusals_log(struct refusals *refusals, struct gateway_request *gateway,
    const char *line);

/* Logs how many lines were left out. Call it every second or so. */
void refusals_tick(struct refusals *refusals);

#endif
