#include "once/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* Rows of `change` that were written together: their ids are in order. One of
   them is in hand. */
struct walk_run {
	sqlite3_int64 number, last; /* of the row in hand, at first the one
				       before; of the last row */
	struct block block;
	struct person person;
};

static int
fail_memory(struct walk *walk)
{
	return state_fail_with(walk->state, EX_TEMPFAIL, strerror(ENOMEM));
}

/* 1, 0 at the end of BLOCK, -1. */
static int
read_person(struct walk *walk, struct block *block, struct person *person)
{
	const int found = block_next(block, person);

	return found < 0 ? state_fail_damaged(walk->state) : found;
}

/* Loads the row that STATEMENT is at; its people are in COLUMN. 0, or -1. */
static int
load(struct walk *walk, struct block *block, sqlite3_stmt *row, int column)
{
	if (block_load(block, sqlite3_column_blob(row, column),
		(size_t)sqlite3_column_bytes(row, column)) < 0)
		return fail_memory(walk);
	return 0;
}

/* Deletes a row that has been read, so that the next one that is written has
   its place in the file. 0, or -1. */
static int
take(struct walk *walk, enum state_statement delete, sqlite3_int64 number)
{
	return walk->is_taking ? state_run(walk->state,
				     state_use(walk->state, delete, 1, &number))
			       : 0;
}

/* The next person of a run, if there is one: 1, 0, -1. */
static int
advance_run(struct walk *walk, struct walk_run *run)
{
	sqlite3_stmt *row;
	int found;

	for (;;) {
		found = read_person(walk, &run->block, &run->person);
		if (found != 0 || run->number == run->last)
			return found;
		run->number++;
		row = state_use(walk->state, STATE_CHANGE, 1, &run->number);
		found = state_step(walk->state, row);
		if (found == 0)
			return state_fail_damaged(walk->state);
		if (found < 0 || load(walk, &run->block, row, 0) < 0)
			return -1;
		sqlite3_reset(row);
		if (take(walk, STATE_DELETE_CHANGE, run->number) < 0)
			return -1;
	}
}

/* Does A come before B? The newest of one person comes first. */
static bool
is_before(const struct walk_run *a, const struct walk_run *b)
{
	const int order = block_compare(&a->person.id, &b->person.id);

	return order ? order < 0 : a->number > b->number;
}

static void
sift(struct walk *walk, size_t at)
{
	struct walk_run *runs = walk->runs, run = runs[at];
	size_t next;

	while ((next = 2 * at + 1) < walk->count) {
		if (next + 1 < walk->count &&
		    is_before(&runs[next + 1], &runs[next]))
			next++;
		if (!is_before(&runs[next], &run))
			break;
		runs[at] = runs[next];
		at = next;
	}
	runs[at] = run;
}

/* The first run goes on to its next person. 0, or -1. */
static int
advance_first(struct walk *walk)
{
	const int found = advance_run(walk, walk->runs);

	if (found < 0)
		return -1;
	if (!found) {
		block_free(&walk->runs->block);
		walk->count--;
		walk->runs[0] = walk->runs[walk->count];
	}
	if (walk->count > 0)
		sift(walk, 0);
	return 0;
}

static int
add_run(struct walk *walk, sqlite3_int64 number)
{
	struct walk_run *grown;

	if (!walk->runs || walk->count == walk->room) {
		grown =
		    realloc(walk->runs, (walk->room * 2 + 16) * sizeof *grown);
		if (!grown)
			return fail_memory(walk);
		walk->runs = grown;
		walk->room = walk->room * 2 + 16;
	}
	walk->runs[walk->count++] =
	    (struct walk_run){.number = number - 1, .last = number};
	return 0;
}

/*
 * Finds the runs: rows with numbers one by one, each with its ids behind those
 * of the row before.
 */
static int
find_runs(struct walk *walk)
{
	sqlite3_stmt *row =
	    state_use(walk->state, STATE_CHANGES, 1, &walk->roster);
	struct bytes last = {NULL, 0, 0};
	int found;

	while ((found = state_step(walk->state, row)) > 0) {
		const sqlite3_int64 number = sqlite3_column_int64(row, 0);
		const struct token_text first = {sqlite3_column_blob(row, 1),
		    (size_t)sqlite3_column_bytes(row, 1), NULL};
		const struct token_text before = bytes_text(&last);
		struct walk_run *run =
		    walk->count ? &walk->runs[walk->count - 1] : NULL;

		if (run && run->last + 1 == number &&
		    block_compare(&before, &first) < 0)
			run->last = number;
		else if (add_run(walk, number) < 0)
			break;
		if (bytes_set(&last, sqlite3_column_blob(row, 2),
			(size_t)sqlite3_column_bytes(row, 2)) < 0) {
			(void)fail_memory(walk);
			break;
		}
	}
	sqlite3_reset(row);
	bytes_free(&last);
	return found == 0 ? 0 : -1;
}

/* Loads the row of `member` behind the one in hand. 1, 0: there is none, -1. */
static int
load_member(struct walk *walk)
{
	const sqlite3_int64 numbers[] = {walk->roster, walk->newest};
	const struct token_text first = bytes_text(&walk->first);
	sqlite3_stmt *row =
	    state_use(walk->state, STATE_NEXT_MEMBERS, 2, numbers);
	sqlite3_int64 number;
	int found;

	state_bind_blob(row, 3, &first);
	found = state_step(walk->state, row);
	if (found <= 0)
		return found;
	number = sqlite3_column_int64(row, 0);
	if (load(walk, &walk->block, row, 2) < 0)
		return -1;
	if (bytes_set(&walk->first, sqlite3_column_blob(row, 1),
		(size_t)sqlite3_column_bytes(row, 1)) < 0)
		return fail_memory(walk);
	sqlite3_reset(row);
	return take(walk, STATE_DELETE_MEMBERS, number) < 0 ? -1 : 1;
}

/* The next person of `member`. 0, or -1. */
static int
advance_member(struct walk *walk)
{
	int found;

	while ((found = read_person(walk, &walk->block, &walk->member)) == 0) {
		found = load_member(walk);
		if (found <= 0)
			break;
	}
	walk->has_member = found > 0;
	return found < 0 ? -1 : 0;
}

int
walk_begin(struct walk *walk)
{
	sqlite3_stmt *row =
	    state_use(walk->state, STATE_NEWEST_MEMBERS, 0, NULL);
	size_t i;

	if (state_step(walk->state, row) < 0)
		return -1;
	walk->newest = sqlite3_column_int64(row, 0);
	sqlite3_reset(row);
	if (bytes_set(&walk->past, "", 0) < 0 ||
	    bytes_set(&walk->first, "", 0) < 0)
		return fail_memory(walk);
	if (find_runs(walk) < 0 || advance_member(walk) < 0)
		return -1;
	for (i = 0; i < walk->count; i++)
		if (advance_run(walk, &walk->runs[i]) < 0)
			return -1;
	for (i = walk->count; i-- > 0;)
		sift(walk, i);
	return 0;
}

/* Leaves the person before behind. 0, or -1. */
static int
pass(struct walk *walk)
{
	const struct token_text past = bytes_text(&walk->past);

	while (walk->count > 0 &&
	       block_compare(&walk->runs->person.id, &past) <= 0)
		if (advance_first(walk) < 0)
			return -1;
	while (walk->has_member && block_compare(&walk->member.id, &past) <= 0)
		if (advance_member(walk) < 0)
			return -1;
	return 0;
}

int
walk_next(struct walk *walk, struct person *person)
{
	const struct person *changed;

	if (pass(walk) < 0)
		return -1;
	changed = walk->count > 0 ? &walk->runs->person : NULL;
	if (!changed && !walk->has_member)
		return 0;
	*person = changed && (!walk->has_member || block_compare(&changed->id,
						       &walk->member.id) <= 0)
		      ? *changed
		      : walk->member;
	if (bytes_set(&walk->past, person->id.text, person->id.size) < 0)
		return fail_memory(walk);
	return 1;
}

void
walk_end(struct walk *walk)
{
	size_t i;

	for (i = 0; i < walk->count; i++)
		block_free(&walk->runs[i].block);
	free(walk->runs);
	block_free(&walk->block);
	bytes_free(&walk->past);
	bytes_free(&walk->first);
}
