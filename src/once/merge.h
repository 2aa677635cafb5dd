/*
 * merge.h: `change` into `member`, see state_statements.c. All of a roster is
 * written anew then, so it is done seldom. Calls return 0, or -1, see state.h.
 */
#ifndef MERGE_H
#define MERGE_H

#include "once/state.h"

/* Who is not in the newest snapshot, and goes. */
struct merge_missing {
	sqlite3_int64 snapshot; /* the newest one */
	/* Gets who was in. 0, or -1 and errno. */
	int (*leaves)(void *to, const struct token_text *id);
	void *to;
};

/* One roster; MISSING may be NULL. */
int merge_roster(struct state *state, sqlite3_int64 roster,
    const struct merge_missing *missing) MUST_USE;

/* All that have changes, if those have become many. */
int merge_if_many(struct state *state) MUST_USE;

#endif
