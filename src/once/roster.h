/*
 * roster.h: who is in, of a campaign's form or of one cohort.
 *
 * A person is known who is in, or who left while the newest snapshot had begun,
 * so that a page of it that comes late does not take the person back. Each one
 * knows the newest snapshot at the last change. Calls about STATE return 0; or
 * -1, see state.h.
 */
#ifndef ROSTER_H
#define ROSTER_H

#include "once/block.h"
#include "once/state.h"

struct roster {
	int64_t id;
	int64_t snapshots; /* the number of the newest one; 0: none */
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
 * What a line does to a person; IS_CHANGED: STATE has to hear of it. One comes
 * in at NOW, in seconds, and is in already unless that was AGAIN seconds ago;
 * 0: however long ago.
 */
enum roster_change roster_add(const struct roster *roster,
    struct person *person, int64_t now, int64_t again, bool *is_changed);
enum roster_change roster_remove(
    const struct roster *roster, struct person *person, bool *is_changed);
/* A page of the newest snapshot has the person. */
enum roster_change roster_see(const struct roster *roster,
    struct person *person, int64_t now, bool *is_changed);

/* Keeps the profile, JSON, of a person who is in; or forgets it. */
int roster_keep_profile(struct state *state, const struct roster *roster,
    const struct token_text *id, const struct token_text *properties) MUST_USE;
int roster_drop_profile(struct state *state, const struct roster *roster,
    const struct token_text *id) MUST_USE;

#endif
