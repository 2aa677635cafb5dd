/*
 * roster.h: who is in, of a campaign's form or of one cohort, as rows of STATE.
 *
 * A row stands for a person who is in, or for one who left while the newest
 * snapshot had begun, so that a page of it that comes late does not take the
 * person back. Each row knows the newest snapshot at its last change. Calls
 * return a change or 0; or -1, see state.h.
 */
#ifndef ROSTER_H
#define ROSTER_H

#include "once/state.h"

struct roster {
	sqlite3_int64 id;
	sqlite3_int64 snapshots; /* the number of the newest one; 0: none */
};

/* What identifies a roster, and its name of today. */
struct roster_key {
	bool is_form; /* then the others are empty */
	struct token_text campaign, project, cohort, name;
};

enum roster_change {
	ROSTER_ENTERS,
	ROSTER_IN, /* as before */
	ROSTER_LEAVES,
	ROSTER_OUT
};

/* Finds it, or makes it; its name becomes the one of KEY. */
int roster_find(struct state *state, const struct roster_key *key,
    struct roster *roster) MUST_USE;

/*
 * A person comes in at NOW, in seconds, and is in already unless that was
 * AGAIN seconds ago; 0: however long ago.
 */
int roster_add(struct state *state, const struct roster *roster,
    const struct token_text *id, sqlite3_int64 now,
    sqlite3_int64 again) MUST_USE;
int roster_remove(struct state *state, const struct roster *roster,
    const struct token_text *id) MUST_USE;
/* A page of the newest snapshot has the person. */
int roster_see(struct state *state, const struct roster *roster,
    const struct token_text *id, sqlite3_int64 now) MUST_USE;

/*
 * What was put goes to `member`, if it has become much, or if it IS_NEEDED
 * there. 0, or -1.
 */
int roster_merge(struct state *state, bool is_needed) MUST_USE;

/* Keeps the profile, JSON, of a person who is in. */
int roster_keep_profile(struct state *state, const struct roster *roster,
    const struct token_text *id, const struct token_text *properties) MUST_USE;

#endif
