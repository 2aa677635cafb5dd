/*
 * tally.h: what a run of `mixspool send` has done so far, and its summary for
 * people and for programs.
 */
#ifndef TALLY_H
#define TALLY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/attributes.h"
#include "send/latency.h"

#define TALLY_STATUSES 1000 /* of HTTP, and 0 for no answer */

struct tally {
	/* Users, of the last look at the profiles. */
	uint64_t profiles, invalid, matched, left;
	uint64_t reported_before, repeated;   /* in the profiles */
	uint64_t filter_failed, no_condition; /* did not match, by a fault */

	/* Of the whole run. Attempts are POSTs, each time one was sent. */
	uint64_t delivered; /* users */
	uint64_t posts;     /* answered with 200 */
	uint64_t given_up, attempts, dropped, cut, duplicates, bytes;
	uint64_t answers[TALLY_STATUSES];
	struct latency latency;
	uint64_t looks;
	int64_t started; /* by clock_ms */
};

void tally_start(struct tally *tally);

/* Before the profiles are looked at again. */
void tally_look_again(struct tally *tally);

/* For people: a few lines. */
void tally_print(const struct tally *tally, FILE *to);

/* For programs: an object, on one line. 0, or -1 without memory. */
int tally_print_json(
    const struct tally *tally, const char *url, FILE *to) MUST_USE;

#endif
