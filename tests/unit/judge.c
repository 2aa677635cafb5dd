/*
 * The judge against a model that takes each line at once: lines at random,
 * about two cohorts and a campaign's form, in runs, judged by as many together
 * as chance will have it. What passes is the same, and so is who is in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "once/judge.h"
#include "once/merge.h"
#include "once/state_sqlite.h"
#include "once/walk.h"

#include "model.h"

#define ROSTERS 3 /* the last one is of the form */
#define FORM (ROSTERS - 1)
#define RUNS 40
#define LINES 6000

struct fixture {
	struct state state;
	struct judge *judge;
	struct passed passes;
	FILE *passed, *expected;
	char *passed_text, *expected_text;
	size_t passed_size, expected_size;
	struct model models[ROSTERS];
	char *lines[LINES]; /* in hand */
	size_t count;
	unsigned random, together; /* lines, about */
};

static unsigned
chance(struct fixture *fixture, unsigned below)
{
	fixture->random = fixture->random * 1103515245 + 12345;
	return (fixture->random >> 8) % below;
}

static void
flush(struct fixture *fixture)
{
	assert_int_equal(judge_flush(fixture->judge), JUDGE_OK);
	while (fixture->count > 0)
		free(fixture->lines[--fixture->count]);
}

static void
take(struct fixture *fixture, const char *line, size_t size, bool passes)
{
	fixture->lines[fixture->count] = malloc(size);
	memcpy(fixture->lines[fixture->count], line, size);
	assert_int_equal(
	    judge_line(fixture->judge, fixture->lines[fixture->count++], size),
	    JUDGE_OK);
	if (passes)
		fprintf(fixture->expected, "%.*s\n", (int)size, line);
	if (chance(fixture, fixture->together) == 0)
		flush(fixture);
}

static void
take_line(struct fixture *fixture, int which, int session, int page, int id)
{
	static const char *const names[] = {
	    "members", "add_members", "remove_members"};
	const enum action action = which == FORM || chance(fixture, 8) == 0
				       ? ADD
				   : chance(fixture, 8) == 0 ? REMOVE
							     : SEE;
	struct model *model = &fixture->models[which];
	bool counts = true;
	char *line = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&line, &size);

	assert_non_null(to);
	fputs("{\"$distinct_id\":", to);
	print_json_string(to, ids[id], sizes[id]);
	fputs(",\"$properties\":{}", to);
	if (which != FORM) {
		fputs(",", to);
		model_print_cohort(to, names[action], which, session,
		    action == SEE ? page : -1);
		fputs("}", to);
	}
	fputs("}", to);
	fclose(to);
	if (action == SEE)
		counts =
		    model_note(model, which, session, page, fixture->expected);
	take(fixture, line, size, counts && model_change(model, id, action));
	free(line);
}

static void
check_members(struct fixture *fixture, int64_t roster, int which)
{
	struct walk walk = {.state = &fixture->state, .roster = roster};
	const struct member *members = fixture->models[which].members;
	struct person person;
	int i, found;

	assert_int_equal(walk_begin(&walk), 0);
	for (i = 0; i < IDS; i++) {
		if (!members[order[i]].is_in)
			continue;
		do
			found = walk_next(&walk, &person);
		while (found > 0 && !person.is_in);
		assert_int_equal(found, 1);
		assert_int_equal(person.id.size, sizes[order[i]]);
		assert_memory_equal(
		    person.id.text, ids[order[i]], person.id.size);
	}
	do
		found = walk_next(&walk, &person);
	while (found > 0 && !person.is_in);
	assert_int_equal(found, 0);
	walk_end(&walk);
}

static void
check_rosters(struct fixture *fixture)
{
	int64_t rosters[ROSTERS] = {0};
	sqlite3_stmt *row;
	int i, count = 0;

	assert_int_equal(
	    sqlite3_prepare_v2(state_sqlite_database(&fixture->state),
		"SELECT id FROM roster ORDER BY is_form, cohort", -1, &row,
		NULL),
	    SQLITE_OK);
	while (sqlite3_step(row) == SQLITE_ROW)
		rosters[count++] = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	assert_int_equal(count, ROSTERS);
	for (i = 0; i < ROSTERS; i++) {
		if (chance(fixture, 3) == 0)
			assert_int_equal(
			    merge_roster(&fixture->state, rosters[i]), 0);
		check_members(fixture, rosters[i], i);
	}
}

/* The newest one, seldom the next one or the one before. */
static int
next_session(struct fixture *fixture, int which)
{
	const int newest = fixture->models[which].snapshots;

	switch (chance(fixture, 10)) {
	case 0:
		return newest + 1;
	case 1:
		return newest > 1 ? newest - 1 : 1;
	default:
		return newest > 0 ? newest : 1;
	}
}

static void
run(struct fixture *fixture)
{
	const struct judge_options options = {.campaign = "c", .now = 7};
	unsigned lines = chance(fixture, LINES) + 10, length = 0;
	int which = 0, session = 0, page = 0;

	fixture->passed =
	    open_memstream(&fixture->passed_text, &fixture->passed_size);
	fixture->expected =
	    open_memstream(&fixture->expected_text, &fixture->expected_size);
	passed_open(&fixture->passes, fixture->passed, -1);
	fixture->judge =
	    judge_open(&fixture->state, &options, &fixture->passes);
	fixture->together = chance(fixture, 2) ? 300 : 20;
	/* Rosters are in this order. */
	for (which = 0; which < ROSTERS; which++)
		take_line(fixture, which, 1, 0, 0);
	while (lines-- > 0) {
		if (length-- == 0) {
			length = chance(fixture, 200) + 1;
			which = (int)chance(fixture, ROSTERS);
			page = (int)chance(fixture, PAGES);
			session = next_session(fixture, which);
		}
		take_line(
		    fixture, which, session, page, (int)chance(fixture, IDS));
	}
	flush(fixture);
	for (which = 0; which < FORM; which++)
		model_settle(&fixture->models[which], which, fixture->expected);
	assert_int_equal(judge_end(fixture->judge), JUDGE_OK);
	judge_free(fixture->judge);
	fclose(fixture->passed);
	fclose(fixture->expected);
	assert_int_equal(fixture->passed_size, fixture->expected_size);
	assert_memory_equal(
	    fixture->passed_text, fixture->expected_text, fixture->passed_size);
	free(fixture->passed_text);
	free(fixture->expected_text);
	check_rosters(fixture);
}

static void
test_model(void **state)
{
	static struct fixture fixture;
	int i;

	(void)state;
	model_make_ids();
	fixture.random = 1;
	assert_int_equal(
	    state_open(&fixture.state, &state_sqlite, NULL, false), 0);
	for (i = 0; i < RUNS; i++)
		run(&fixture);
	state_close(&fixture.state);
	for (i = 0; i < IDS; i++)
		free(ids[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_model)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
