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

struct endpoint {
	struct settings_options options;
	struct settings settings;
	int spool;             /* -1: each request names settings and spool */
	bool once;             /* this process answers but one request */
	struct secret secret;  /* of a request that names no other */
	struct commit *commit; /* shared by all threads */
	sem_t large;           /* see users.h */
};

/* Each request names its spool, until one is opened. 0, or -1 and errno. */
int endpoint_open(struct endpoint *endpoint,
    const struct settings_options *options,
    const struct settings *settings) MUST_USE;

/* With settings->dir: opens that spool, and removes what dead writers left
   there. 0, or -1 and errno. */
int endpoint_open_spool(struct endpoint *endpoint) MUST_USE;

/* With settings->secret_file: reads the secret, again. As secret_load. */
int endpoint_load_secret(
    struct endpoint *endpoint, char error[SECRET_ERROR_SIZE]) MUST_USE;

void endpoint_close(struct endpoint *endpoint);

#endif
