#include "once/merge.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "once/pack.h"
#include "once/roster.h"
#include "once/walk.h"

/*
 * A run of packs is small below SMALL people. When so many small ones are the
 * newest, they are merged. More: there are more to read. Fewer: people are
 * written again more often.
 */
#define SMALL (PACK_MAX / 2)
#define SMALL_RUNS 64

/*
 * All runs are merged when there are more than RUNS, of each of which a walk
 * has a row in memory; and when more than a third of more than PEOPLE are
 * waste.
 */
#define RUNS 1024
#define PEOPLE PACK_MAX

/* The number of the newest snapshot of a roster. 0, or -1. */
static int
get_snapshots(struct state *state, int64_t roster, int64_t *snapshots)
{
	struct state_row *row =
	    state_use(state, STATE_GET_SNAPSHOTS, 1, &roster);

	if (state_step(state, row) < 0)
		return -1;
	*snapshots = state_number(row, 0);
	state_reset(row);
	return 0;
}

/* 0, or -1. */
static int
tell_missing(struct state *state, int64_t roster, const struct person *person,
    const struct merge_missing *missing)
{
	const struct roster left = {.id = roster};

	if (missing->leaves(missing->to, &person->id) < 0)
		return state_fail_with(state, EX_TEMPFAIL, strerror(errno));
	/* A run without profiles drops those of its own cohorts: this may be
	   one of another run. */
	return state->has_profiles || state->driver->is_shared
		   ? roster_drop_profile(state, &left, &person->id)
		   : 0;
}

struct merge {
	struct walk walk;
	struct pack pack;
	int64_t snapshots; /* the newest one */
	const struct merge_missing *missing;
	int64_t written; /* people */
};

/* Writes a person, or not. 0, or -1. */
static int
merge_put(struct merge *merge, const struct person *person)
{
	const bool is_all = merge->walk.from == 0;
	const bool is_old = person->snapshot < merge->snapshots;
	struct pack *pack = &merge->pack;

	if (merge->missing && is_old)
		return person->is_in ? tell_missing(pack->state, pack->roster,
					   person, merge->missing)
				     : 0;
	/* No page of the newest snapshot can take the person back. */
	if (is_all && !person->is_in && (is_old || merge->snapshots == 0))
		return 0;
	pack->waste += is_all && !person->is_in;
	merge->written++;
	return pack_add(pack, person, block_hash(&person->id));
}

/* 0, or -1. */
static int
put_all(struct merge *merge)
{
	struct walk *walk = &merge->walk;
	const int64_t numbers[] = {walk->roster, walk->from, walk->newest};
	struct person person;
	int found;

	/* So that what is written has their place in the file. Not their
	   numbers, which the walk goes by. */
	if (state_run(walk->state,
		state_use(walk->state, STATE_DELETE_PACKS, 3, numbers)) < 0)
		return -1;
	merge->pack.number = walk->newest + 1;
	while ((found = walk_next(walk, &person)) > 0)
		if (merge_put(merge, &person) < 0)
			return -1;
	return found;
}

/* All runs from one on; WASTE people of them are waste. 0, or -1. */
static int
merge_runs(struct merge *merge, int64_t waste)
{
	struct walk *walk = &merge->walk;
	int result = walk_begin(walk) < 0 || put_all(merge) < 0 ? -1 : 0;

	/* One of two that have the same person was waste. */
	waste -= walk->read - merge->written;
	if (walk->from > 0 && waste > 0)
		merge->pack.waste = waste;
	if (result == 0)
		result = pack_end(&merge->pack);
	walk_end(walk);
	pack_free(&merge->pack);
	return result;
}

static struct merge
merge_of(struct state *state, int64_t roster, int64_t from)
{
	return (struct merge){.walk = {.state = state,
				  .roster = roster,
				  .from = from,
				  .is_taking = true},
	    .pack = {.state = state, .roster = roster}};
}

int
merge_roster(struct state *state, int64_t roster)
{
	struct merge merge = merge_of(state, roster, 0);

	return get_snapshots(state, roster, &merge.snapshots) < 0
		   ? -1
		   : merge_runs(&merge, 0);
}

int
merge_without(
    struct state *state, int64_t roster, const struct merge_missing *missing)
{
	const int64_t numbers[] = {roster, missing->snapshot};
	struct merge merge = merge_of(state, roster, 0);
	struct state_row *old = state_use(state, STATE_OLD_PACK, 2, numbers);
	const int found = state_step(state, old);

	if (found <= 0)
		return found;
	state_reset(old);
	merge.missing = missing;
	merge.snapshots = missing->snapshot;
	return merge_runs(&merge, 0);
}

/* The runs of packs of a roster. */
struct tally {
	int64_t runs, people, waste;
	/* Of those behind the last one that is not small. */
	int64_t small, small_waste, small_from;
};

static void
count_run(struct tally *tally, int64_t number, int64_t people, int64_t waste)
{
	/* The newest ones come first. */
	if (people < SMALL && tally->small == tally->runs) {
		tally->small++;
		tally->small_waste += waste;
		tally->small_from = number;
	}
	tally->runs++;
	tally->people += people;
	tally->waste += waste;
}

int
merge_if_many(struct state *state, int64_t roster)
{
	struct state_row *row = state_use(state, STATE_RUN_SIZES, 1, &roster);
	struct tally tally = {0};
	struct merge merge;
	int found;

	while ((found = state_step(state, row)) > 0)
		count_run(&tally, state_number(row, 0), state_number(row, 1),
		    state_number(row, 2));
	if (found < 0)
		return -1;
	if (tally.runs > RUNS ||
	    (tally.people > PEOPLE && tally.waste > tally.people / 3))
		return merge_roster(state, roster);
	if (tally.small <= SMALL_RUNS)
		return 0;
	merge = merge_of(state, roster, tally.small_from);
	return merge_runs(&merge, tally.small_waste);
}
