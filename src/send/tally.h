/*
 * tally.h: what a run has done so far, and its summary for people and for
 * programs.
 */
#ifndef TALLY_H
#define TALLY_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "base/attributes.h"
#include "send/latency.h"
#include "send/post.h"
#include "send/recipients.h"

#define TALLY_STATUSES 1000 /* of HTTP, and 0 for no answer */

struct tally {
	uint64_t passes;    /* through the profiles, before this one */
	uint64_t left;      /* users who were not delivered in this one */
	uint64_t delivered; /* users, of the whole run, as all that follows */
	uint64_t posts;     /* answered with 200 */
	uint64_t given_up;
	uint64_t attempts, dropped, cut, duplicates, bytes;
	uint64_t answers[TALLY_STATUSES];
	struct latency latency;
	int64_t started; /* by clock_ms */
};

void tally_start(struct tally *tally);

void tally_note_answer(struct tally *tally, const struct post *post,
    const struct client_answer *answer);
void tally_note_end(
    struct tally *tally, const struct post *post, bool is_delivered);

/* For people: a few lines. */
void tally_print(const struct tally *tally,
    const struct recipients_counts *counts, FILE *to);

/* For programs: an object, on one line. COHORT, which it takes, is a part of
   it, or NULL. 0, or -1 without memory. */
int tally_print_json(const struct tally *tally,
    const struct recipients_counts *counts, const char *url, json_t *cohort,
    FILE *to) MUST_USE;

#endif
