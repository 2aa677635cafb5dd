/*
 * merge.h: packs of STATE into new ones, see state_statements.c. Calls return
 * 0, or -1, see state.h.
 */
#ifndef MERGE_H
#define MERGE_H

#include "once/state.h"

/* Who is not in the newest snapshot, and goes. */
struct merge_missing {
	int64_t snapshot; /* the newest one */
	/* Gets who was in. 0, or -1 and errno. */
	int (*leaves)(void *to, const struct token_text *id);
	void *to;
};

/* All of a roster. */
int merge_roster(struct state *state, int64_t roster) MUST_USE;

/* The same, unless all are in the newest snapshot. */
int merge_without(struct state *state, int64_t roster,
    const struct merge_missing *missing) MUST_USE;

/* All of a roster, or its newest packs, if there are too many. */
int merge_if_many(struct state *state, int64_t roster) MUST_USE;

#endif
