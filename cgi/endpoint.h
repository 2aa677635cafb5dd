/*
 * endpoint.h: what all requests of a process share.
 */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include <semaphore.h>
#include <stdbool.h>

#include "base/attributes.h"
#include "cgi/secret.h"
#include "cgi/settings.h"
#include "cgi/sites.h"

#define ENDPOINT_ERROR_SIZE 256

struct endpoint {
	struct settings_options options;
	struct settings settings;
	bool is_cgi;          /* the process serves one request */
	struct site *site;    /* NULL: requests name their sites */
	struct sites *sites;  /* that requests named */
	struct secret secret; /* of settings.secret_file; none without one */
	struct commit *commit;
	sem_t large; /* see users.h */
};

/* Requests name their sites, until one is opened. 0, or -1 and errno; close it
   in either case. */
int endpoint_open(struct endpoint *endpoint,
    const struct settings_options *options,
    const struct settings *settings) MUST_USE;

/* With settings->dir: opens the site of all requests. 0, or -1 and errno. */
int endpoint_open_site(struct endpoint *endpoint) MUST_USE;

/* With settings->secret_file: reads the secret, again. As secret_load. */
int endpoint_load_secret(
    struct endpoint *endpoint, char error[SECRET_ERROR_SIZE]) MUST_USE;

/*
 * The site of a request, for the caller to release, and the SETTINGS that it
 * has. NULL: ERROR is a sentence; what is wrong is not the client's fault.
 */
struct site *endpoint_take_site(struct endpoint *endpoint,
    const struct gateway_request *request, struct settings *settings,
    char error[ENDPOINT_ERROR_SIZE]) MUST_USE;

void endpoint_close(struct endpoint *endpoint);

#endif
