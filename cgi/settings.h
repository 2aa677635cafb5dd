/*
 * settings.h: settings, from options, the environment and defaults.
 *
 * Options take precedence over the environment. So do the variables of a
 * request where one process serves many sites (mod_fcgid with SetEnv): clients
 * cannot set them, since the names of their headers all begin with HTTP_.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "cgi/gateway.h"

#define SETTINGS_ERROR_SIZE 200

/* Values of the command line; NULL where an option was not given. */
struct settings_options {
	const char *dir;     /* -d */
	const char *threads; /* -j */
	bool log_refusals;   /* -v */
};

struct settings {
	const char *dir;         /* the spool, or NULL; borrowed */
	const char *secret_file; /* or NULL; borrowed */
	bool sandbox;            /* unless MIXSPOOL_SANDBOX is off */
	bool log_refusals;       /* all, on standard error: refusals.h */
	uint64_t threads;        /* 1 to 1024 */
	uint64_t max_body;       /* bytes of a request's body, 1 to 1 GiB */
	uint64_t max_users;      /* of one request, 1 to 1,000,000 */
	uint64_t memory;         /* bytes of all bodies in hand, 1 to 2^40 */
	uint64_t journal_days;   /* kept; 0: no journal */
	uint64_t min_free; /* bytes of the spool's file system, 0 to 2^60 */
};

/*
 * VARIABLES are "NAME=value", with NULL at the end. -1: the name of one begins
 * with MIXSPOOL_ and is not known, as after a slip, and ERROR is a sentence
 * that names it. Such a secret file would not count.
 */
int settings_check_names(
    char *const *variables, char error[SETTINGS_ERROR_SIZE]) MUST_USE;

/*
 * REQUEST NULL: the process's environment alone. -1: a value is wrong, and
 * ERROR is a sentence that names the setting.
 */
int settings_read(struct settings *settings,
    const struct settings_options *options,
    const struct gateway_request *request,
    char error[SETTINGS_ERROR_SIZE]) MUST_USE;

#endif
