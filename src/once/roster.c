#include "once/roster.h"

#include <string.h>

static void
bind_key(struct state_row *statement, const struct roster_key *key)
{
	state_bind_text(statement, 2, &key->campaign);
	state_bind_text(statement, 3, &key->project);
	state_bind_text(statement, 4, &key->cohort);
}

static bool
is_text(struct state_row *statement, int column, const struct token_text *text)
{
	const struct token_text is = state_text(statement, column);

	return is.size == text->size &&
	       (is.size == 0 || memcmp(is.text, text->text, is.size) == 0);
}

static int
add(struct state *state, const struct roster_key *key, struct roster *roster)
{
	const int64_t is_form = key->is_form;
	struct state_row *statement =
	    state_use(state, STATE_ADD_ROSTER, 1, &is_form);

	bind_key(statement, key);
	state_bind_text(statement, 5, &key->name);
	if (state_step(state, statement) <= 0)
		return -1;
	*roster = (struct roster){
	    state_number(statement, 0), state_number(statement, 1)};
	state_reset(statement);
	return 0;
}

int
roster_find(
    struct state *state, const struct roster_key *key, struct roster *roster)
{
	const int64_t is_form = key->is_form;
	struct state_row *statement =
	    state_use(state, STATE_FIND_ROSTER, 1, &is_form);
	int found;

	bind_key(statement, key);
	found = state_step(state, statement);
	if (found < 0)
		return -1;
	if (!found)
		return add(state, key, roster);
	roster->id = state_number(statement, 0);
	roster->snapshots = state_number(statement, 1);
	if (is_text(statement, 2, &key->name) || key->name.size == 0) {
		state_reset(statement);
		return 0;
	}
	state_reset(statement);
	statement = state_use(state, STATE_NAME_ROSTER, 1, &roster->id);
	state_bind_text(statement, 2, &key->name);
	return state_run(state, statement);
}

/* The person is in, as of the newest snapshot. */
static enum roster_change
touch(const struct roster *roster, struct person *person, bool *is_changed)
{
	*is_changed = person->snapshot < roster->snapshots;
	if (*is_changed)
		person->snapshot = roster->snapshots;
	return ROSTER_IN;
}

static enum roster_change
enter(const struct roster *roster, struct person *person, int64_t now,
    bool *is_changed)
{
	person->is_known = person->is_in = *is_changed = true;
	person->since = now;
	person->snapshot = roster->snapshots;
	return ROSTER_ENTERS;
}

enum roster_change
roster_add(const struct roster *roster, struct person *person, int64_t now,
    int64_t again, bool *is_changed)
{
	if (!person->is_in || (again > 0 && now - person->since >= again))
		return enter(roster, person, now, is_changed);
	touch(roster, person, is_changed);
	/* The clock was ahead then: AGAIN begins now. */
	if (again > 0 && person->since > now) {
		person->since = now;
		*is_changed = true;
	}
	return ROSTER_IN;
}

enum roster_change
roster_see(const struct roster *roster, struct person *person, int64_t now,
    bool *is_changed)
{
	*is_changed = false;
	if (person->is_in)
		return touch(roster, person, is_changed);
	/* Has left since this snapshot began. */
	if (person->is_known && person->snapshot >= roster->snapshots)
		return ROSTER_OUT;
	return enter(roster, person, now, is_changed);
}

enum roster_change
roster_remove(
    const struct roster *roster, struct person *person, bool *is_changed)
{
	const bool was_in = person->is_in;

	/* Without a snapshot, no page of one can take the person back. */
	*is_changed = was_in || roster->snapshots > 0;
	if (*is_changed) {
		person->is_known = true;
		person->is_in = false;
		person->snapshot = roster->snapshots;
	}
	return was_in ? ROSTER_LEAVES : ROSTER_OUT;
}

int
roster_keep_profile(struct state *state, const struct roster *roster,
    const struct token_text *id, const struct token_text *properties)
{
	struct state_row *statement =
	    state_use(state, STATE_PUT_PROFILE, 1, &roster->id);

	state_bind_blob(statement, 2, id);
	state_bind_text(statement, 3, properties);
	return state_run(state, statement);
}

int
roster_drop_profile(struct state *state, const struct roster *roster,
    const struct token_text *id)
{
	struct state_row *statement =
	    state_use(state, STATE_DELETE_PROFILE, 1, &roster->id);

	state_bind_blob(statement, 2, id);
	return state_run(state, statement);
}
