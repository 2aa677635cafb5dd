#include "once/merge.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "once/pack.h"
#include "once/roster.h"
#include "once/walk.h"

/*
 * Changes are many when they have more than ROWS rows, and more than `member`
 * has; or more than ROWS_MAX. More: each run reads more rows of `change`.
 * Fewer: `member` is written more often. ROWS_MAX also bounds the memory of a
 * walk.
 */
#define ROWS 512
#define ROWS_MAX 2048

/* The number of the newest snapshot of a roster. 0, or -1. */
static int
get_snapshots(
    struct state *state, sqlite3_int64 roster, sqlite3_int64 *snapshots)
{
	sqlite3_stmt *row = state_use(state, STATE_GET_SNAPSHOTS, 1, &roster);

	if (state_step(state, row) < 0)
		return -1;
	*snapshots = sqlite3_column_int64(row, 0);
	sqlite3_reset(row);
	return 0;
}

/* 0, or -1. */
static int
tell_missing(struct state *state, sqlite3_int64 roster,
    const struct person *person, const struct merge_missing *missing)
{
	const struct roster left = {.id = roster};

	if (missing->leaves(missing->to, &person->id) < 0)
		return state_fail_with(state, EX_TEMPFAIL, strerror(errno));
	return state->has_profiles
		   ? roster_drop_profile(state, &left, &person->id)
		   : 0;
}

/* Writes a person, or not. 0, or -1. */
static int
put(struct pack *pack, const struct person *person, sqlite3_int64 snapshots,
    const struct merge_missing *missing)
{
	const bool is_old = person->snapshot < snapshots;

	if (missing && is_old)
		return person->is_in ? tell_missing(pack->state, pack->roster,
					   person, missing)
				     : 0;
	/* No page of the newest snapshot can take the person back. */
	if (!person->is_in && (is_old || snapshots == 0))
		return 0;
	return pack_add(pack, person);
}

int
merge_roster(struct state *state, sqlite3_int64 roster,
    const struct merge_missing *missing)
{
	struct walk walk = {
	    .state = state, .roster = roster, .is_taking = true};
	struct pack pack = {
	    .state = state, .into = STATE_ADD_MEMBERS, .roster = roster};
	sqlite3_int64 snapshots = missing ? missing->snapshot : 0;
	struct person person;
	int found = missing ? 0 : get_snapshots(state, roster, &snapshots);

	if (found == 0)
		found = walk_begin(&walk);
	/* SQLite would give the number of a row that is deleted, and the walk
	   would take the new row for that one. */
	pack.number = walk.newest + 1;
	if (found == 0)
		while ((found = walk_next(&walk, &person)) > 0)
			if (put(&pack, &person, snapshots, missing) < 0)
				break;
	if (found == 0)
		found = pack_end(&pack);
	walk_end(&walk);
	pack_free(&pack);
	return found == 0 ? 0 : -1;
}

/* 1, 0, -1. */
static int
are_many(struct state *state)
{
	sqlite3_stmt *row = state_use(state, STATE_COUNT_ROWS, 0, NULL);
	sqlite3_int64 changes, members;

	if (state_step(state, row) < 0)
		return -1;
	changes = sqlite3_column_int64(row, 0);
	members = sqlite3_column_int64(row, 1);
	sqlite3_reset(row);
	return changes > ROWS_MAX || (changes > ROWS && changes > members);
}

int
merge_if_many(struct state *state)
{
	const int are = are_many(state);
	sqlite3_stmt *row;
	sqlite3_int64 roster;

	if (are <= 0)
		return are;
	for (;;) {
		row = state_use(state, STATE_NEXT_CHANGED, 0, NULL);
		if (state_step(state, row) < 0)
			return -1;
		roster = sqlite3_column_int64(row, 0); /* 0: NULL */
		sqlite3_reset(row);
		if (roster == 0)
			return 0;
		if (merge_roster(state, roster, NULL) < 0)
			return -1;
	}
}
