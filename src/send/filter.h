/*
 * filter.h: who is targeted: a jq program that is run on each profile. The
 * profile matches when `true` is among the outputs.
 *
 * `now` is the time of each call, and the time zone is UTC: filter_compile sets
 * TZ for the whole process, which shows no local time elsewhere.
 */
#ifndef FILTER_H
#define FILTER_H

#include <stddef.h>

#include "base/attributes.h"

struct filter;

enum filter_result {
	FILTER_MATCH,
	FILTER_NO_MATCH,     /* false, null, or nothing */
	FILTER_NO_CONDITION, /* no match: the last output is something else */
	FILTER_FAILED, /* jq raised an error, or could not read the profile */
};

/*
 * NULL when PROGRAM does not compile: *MESSAGE is then why, in the words of jq,
 * one line or more without a '\n' at the end, to be freed; or NULL without
 * memory.
 */
struct filter *filter_compile(const char *program, char **message) MUST_USE;

enum filter_result filter_try(
    struct filter *filter, const char *profile, size_t size) MUST_USE;

/* FILTER may be NULL. */
void filter_free(struct filter *filter);

#endif
