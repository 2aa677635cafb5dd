/* listing.h: what `mixspool members` prints. */
#ifndef LISTING_H
#define LISTING_H

#include "once/state.h"

enum listing_form { LISTING_PLAIN, LISTING_JSON, LISTING_CSV, LISTING_COUNT };

/*
 * The people of one roster, or the rosters: see the usage of members. CAMPAIGN
 * and COHORT may be NULL. An exit code, after a message; when STATE cannot be
 * read, state->status says so, without one.
 */
int listing_print(struct state *state, enum listing_form form,
    const char *campaign, const char *cohort) MUST_USE;

#endif
