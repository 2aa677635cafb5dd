#include "once/roster.h"

#include <string.h>

/*
 * Changes are merged when there are so many, and so many for each page of the
 * file. More: a run writes more pages of `change`. Fewer: all of `member` is
 * written more often. For a million members both are about the same.
 */
#define CHANGES 50000
#define CHANGES_PER_PAGE 16

static void
bind_key(sqlite3_stmt *statement, const struct roster_key *key)
{
	state_bind_text(statement, 2, &key->campaign);
	state_bind_text(statement, 3, &key->project);
	state_bind_text(statement, 4, &key->cohort);
}

static bool
is_text(sqlite3_stmt *statement, int column, const struct token_text *text)
{
	const void *bytes = sqlite3_column_text(statement, column);

	return (size_t)sqlite3_column_bytes(statement, column) == text->size &&
	       (text->size == 0 || memcmp(bytes, text->text, text->size) == 0);
}

static int
add(struct state *state, const struct roster_key *key, struct roster *roster)
{
	const sqlite3_int64 is_form = key->is_form;
	sqlite3_stmt *statement =
	    state_use(state, STATE_ADD_ROSTER, 1, &is_form);

	bind_key(statement, key);
	state_bind_text(statement, 5, &key->name);
	if (state_run(state, statement) < 0)
		return -1;
	*roster =
	    (struct roster){sqlite3_last_insert_rowid(state->database), 0};
	return 0;
}

int
roster_find(
    struct state *state, const struct roster_key *key, struct roster *roster)
{
	const sqlite3_int64 is_form = key->is_form;
	sqlite3_stmt *statement =
	    state_use(state, STATE_FIND_ROSTER, 1, &is_form);
	int found;

	bind_key(statement, key);
	found = state_step(state, statement);
	if (found < 0)
		return -1;
	if (!found)
		return add(state, key, roster);
	roster->id = sqlite3_column_int64(statement, 0);
	roster->snapshots = sqlite3_column_int64(statement, 1);
	if (is_text(statement, 2, &key->name) || key->name.size == 0) {
		sqlite3_reset(statement);
		return 0;
	}
	sqlite3_reset(statement);
	statement = state_use(state, STATE_NAME_ROSTER, 1, &roster->id);
	state_bind_text(statement, 2, &key->name);
	return state_run(state, statement);
}

/* A row of `member`. */
struct row {
	bool is_there, is_in;
	sqlite3_int64 since, snapshot;
};

/* 1 there is one, 0 there is none, -1. */
static int
find_in(struct state *state, enum state_statement which,
    const struct roster *roster, const struct token_text *id, struct row *row)
{
	sqlite3_stmt *statement = state_use(state, which, 1, &roster->id);
	int found;

	state_bind_blob(statement, 2, id);
	found = state_step(state, statement);
	if (found <= 0)
		return found;
	row->is_there = true;
	row->is_in = sqlite3_column_type(statement, 0) != SQLITE_NULL;
	row->since = sqlite3_column_int64(statement, 0);
	row->snapshot = sqlite3_column_int64(statement, 1);
	sqlite3_reset(statement);
	return 1;
}

static int
find(struct state *state, const struct roster *roster,
    const struct token_text *id, struct row *row)
{
	int found;

	*row = (struct row){.is_there = false};
	found = find_in(state, STATE_FIND_CHANGE, roster, id, row);
	if (found == 0)
		found = find_in(state, STATE_FIND_MEMBER, roster, id, row);
	return found < 0 ? -1 : 0;
}

/* SINCE below 0: has left. */
static int
put(struct state *state, const struct roster *roster,
    const struct token_text *id, sqlite3_int64 since)
{
	const sqlite3_int64 numbers[] = {roster->id, since, roster->snapshots};
	sqlite3_stmt *statement =
	    state_use(state, STATE_PUT_CHANGE, 3, numbers);

	if (since < 0)
		sqlite3_bind_null(statement, 2);
	state_bind_blob(statement, 4, id);
	return state_run(state, statement);
}

/* One statement about a person. */
static int
run(struct state *state, enum state_statement which,
    const struct roster *roster, const struct token_text *id)
{
	sqlite3_stmt *statement = state_use(state, which, 1, &roster->id);

	state_bind_blob(statement, 2, id);
	return state_run(state, statement);
}

/* The person is in, as of the newest snapshot. */
static int
touch(struct state *state, const struct roster *roster,
    const struct token_text *id, const struct row *row)
{
	if (row->snapshot >= roster->snapshots)
		return ROSTER_IN;
	return put(state, roster, id, row->since) < 0 ? -1 : ROSTER_IN;
}

int
roster_add(struct state *state, const struct roster *roster,
    const struct token_text *id, sqlite3_int64 now, sqlite3_int64 again)
{
	struct row row;

	if (find(state, roster, id, &row) < 0)
		return -1;
	if (row.is_in && (again == 0 || now - row.since < again))
		return touch(state, roster, id, &row);
	return put(state, roster, id, now) < 0 ? -1 : ROSTER_ENTERS;
}

int
roster_see(struct state *state, const struct roster *roster,
    const struct token_text *id, sqlite3_int64 now)
{
	struct row row;

	if (find(state, roster, id, &row) < 0)
		return -1;
	if (row.is_in)
		return touch(state, roster, id, &row);
	/* Has left since this snapshot began. */
	if (row.is_there && row.snapshot >= roster->snapshots)
		return ROSTER_OUT;
	return put(state, roster, id, now) < 0 ? -1 : ROSTER_ENTERS;
}

int
roster_remove(struct state *state, const struct roster *roster,
    const struct token_text *id)
{
	struct row row;

	if (find(state, roster, id, &row) < 0)
		return -1;
	if (state->has_profiles && row.is_in &&
	    run(state, STATE_DELETE_PROFILE, roster, id) < 0)
		return -1;
	/* Without a snapshot, no page of one can take the person back. */
	if ((row.is_in || roster->snapshots > 0) &&
	    put(state, roster, id, -1) < 0)
		return -1;
	return row.is_in ? ROSTER_LEAVES : ROSTER_OUT;
}

int
roster_keep_profile(struct state *state, const struct roster *roster,
    const struct token_text *id, const struct token_text *properties)
{
	sqlite3_stmt *statement =
	    state_use(state, STATE_PUT_PROFILE, 1, &roster->id);

	state_bind_blob(statement, 2, id);
	state_bind_text(statement, 3, properties);
	return state_run(state, statement);
}

/* 1 there are many changes, 0, -1. */
static int
are_many(struct state *state)
{
	sqlite3_stmt *statement =
	    state_use(state, STATE_COUNT_CHANGES, 0, NULL);
	sqlite3_int64 changes, pages;

	if (state_step(state, statement) < 0)
		return -1;
	changes = sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	statement = state_use(state, STATE_COUNT_ALL_PAGES, 0, NULL);
	if (state_step(state, statement) < 0)
		return -1;
	pages = sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return changes > CHANGES && changes > pages * CHANGES_PER_PAGE;
}

int
roster_merge(struct state *state, bool is_needed)
{
	const int are = is_needed ? 1 : are_many(state);

	if (are <= 0)
		return are;
	if (state_run(state, state_use(state, STATE_MERGE_CHANGES, 0, NULL)) <
	    0)
		return -1;
	return state_run(
	    state, state_use(state, STATE_DELETE_CHANGES, 0, NULL));
}
