/*
 * send_options.h: the command line, read and checked.
 */
#ifndef SEND_OPTIONS_H
#define SEND_OPTIONS_H

#include "send/client.h"
#include "send/outbox.h"
#include "send/profiles.h"

struct cohort_options {
	const char *given; /* ID or ID:NAME; NULL: no cohort is sent */
	const char *project, *first, *order; /* as given, or NULL */
	bool resume;
	char *id; /* owned */
	const char *name;
	bool adds_first, is_shuffled;
};

struct send_options {
	char *url;    /* for people, as url_clean makes it; owned */
	char *secret; /* the copy of --user, owned, or NULL */
	const char *where, *campaign, *state; /* or NULL */
	struct profiles_source source;
	char dash[2], *dashes[1]; /* the source's files when none are given */
	struct client_options client;
	struct outbox_options outbox;
	bool alert, stream;
	struct cohort_options cohort;
	uint64_t repeat; /* how often everything is sent */
	uint64_t watch_s;
	bool dry_run, verbose, json, quiet;
};

/*
 * EX_OK, or what to exit with after a message; -1: help was printed. OPTIONS
 * point into ARGV and into themselves. Call send_options_free in any case.
 */
int send_options_parse(
    int argc, char **argv, struct send_options *options) MUST_USE;

void send_options_free(struct send_options *options);

#endif
