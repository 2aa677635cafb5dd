/*
 * endpoint.h: what all requests of a process share.
 */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/attributes.h"
#include "cgi/budget.h"
#include "cgi/health.h"
#include "cgi/recorder.h"
#include "cgi/refusals.h"
#include "cgi/secret.h"
#include "cgi/settings.h"
#include "cgi/sites.h"

#define ENDPOINT_ERROR_SIZE 256

struct endpoint {
	struct settings_options options;
	struct settings settings;
	bool is_cgi;          /* the process serves one request */
	struct site *site;    /* of all requests, or NULL: they name theirs */
	struct sites *sites;  /* that requests name */
	struct secret secret; /* in settings.secret_file, if there is one */
	struct refusals refusals;
	struct recorder recorder;
	atomic_uint_fast64_t skipping; /* threads that drop a body */
	atomic_uint_fast64_t showing;  /* threads that show a status page */
	struct commit *commit;
	struct health *health;
	struct budget budget; /* for the bodies of requests */
	sem_t large;          /* see users.h */
	sem_t page;           /* one status page is made at a time */
};

/* Requests name their sites unless endpoint_open_site opens one.
   SETTINGS->threads are those that will answer. 0, or -1 and errno; call
   endpoint_close in either case. */
int endpoint_open(struct endpoint *endpoint,
    const struct settings_options *options,
    const struct settings *settings) MUST_USE;

/* If settings.dir is set, opens it for all requests, and prepares it: see
   spool_prepare. 0, or -1 and errno. */
int endpoint_open_site(struct endpoint *endpoint) MUST_USE;

/* If settings.secret_file is set, reads the secret, at the start or again. As
   secret_load. */
int endpoint_load_secret(
    struct endpoint *endpoint, char error[SECRET_ERROR_SIZE]) MUST_USE;

/*
 * The site of a request, which the caller releases, and its SETTINGS. NULL:
 * ERROR is a sentence about a fault that is not the client's.
 */
struct site *endpoint_take_site(struct endpoint *endpoint,
    const struct gateway_request *request, struct settings *settings,
    char error[ENDPOINT_ERROR_SIZE]) MUST_USE;

/* journal_is_due and journal_tick, for the journals of all sites; one that
   cannot be written is reported on standard error. */
bool endpoint_is_journal_due(struct endpoint *endpoint);
void endpoint_tick_journals(struct endpoint *endpoint);

/* Are the groups of requests written without the recorder? Not with so few
   threads that a disk that hangs would hold all of them. */
bool endpoint_records_groups(const struct endpoint *endpoint);

void endpoint_close(struct endpoint *endpoint);

#endif
