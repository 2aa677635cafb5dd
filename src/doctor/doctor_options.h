/* doctor_options.h: the command line of mixspool doctor. */
#ifndef DOCTOR_OPTIONS_H
#define DOCTOR_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

struct doctor_options {
	const char *target; /* a URL or a folder, as given */
	bool is_url;
	char *url; /* or NULL: `target` is it, out of sight of ps; owned */
	char *clean_url; /* without secrets, for people; owned */
	char *user;      /* NAME:PASSWORD or NULL; owned */
	char *password;  /* of `user`, or of the URL, or NULL; owned */
	bool has_secret; /* one of the three ways has one, or netrc */
	const char *netrc, *ca_file, *socket;
	bool insecure, only_ipv4, json, quiet;
	uint64_t timeout_s;
};

/* 0; -1 after -h, which prints the usage; or an exit code, after a message.
   Free with doctor_options_free in any case. */
int doctor_options_parse(
    int argc, char **argv, struct doctor_options *options) MUST_USE;
void doctor_options_free(struct doctor_options *options);

#endif
