#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "once/merge.h"
#include "once/people.h"
#include "once/snapshot.h"
#include "once/state_sqlite.h"

#include "unit.h"

static struct about
about_of(const char *text, struct line_value *object)
{
	struct about about;
	const char *why;

	*object = (struct line_value){text, text + strlen(text)};
	assert_int_equal(about_read(*object, &about, &why), 0);
	return about;
}

static int
count_leaves(void *to, const struct token_text *id, const char *rest)
{
	(void)id;
	(void)rest;
	++*(int *)to;
	return 0;
}

#define PAGE(session, page, total)                                             \
	"{\"action\":\"members\",\"mixpanel_session_id\":" session             \
	",\"page_info\":{\"page_count\":" page ",\"total_pages\":" total       \
	"},\"x\":1}"

/* A state in memory, with one roster. */
struct fixture {
	struct state state;
	struct roster roster;
	struct people *people;
	struct snapshot_sink sink;
	int left;
};

/* Each change is in `state` at once. */
static int
save_none(void *to)
{
	(void)to;
	return 0;
}

static void
set_up(struct fixture *fixture)
{
	const struct token_text none = {"", 0, NULL};
	const struct roster_key key = {false, none, none, none, none};

	assert_int_equal(
	    state_open(&fixture->state, &state_sqlite, NULL, false), 0);
	assert_int_equal(
	    roster_find(&fixture->state, &key, &fixture->roster), 0);
	fixture->people = people_open(&fixture->state);
	assert_non_null(fixture->people);
	fixture->left = 0;
	fixture->sink = (struct snapshot_sink){.campaign = none,
	    .save = save_none,
	    .leaves = count_leaves,
	    .to = &fixture->left,
	    .now = 7};
}

static void
tear_down(struct fixture *fixture)
{
	people_free(fixture->people);
	state_close(&fixture->state);
}

static int
note(struct fixture *fixture, const char *text)
{
	struct line_value object;
	struct about about = about_of(text, &object);
	int place = snapshot_note_page(
	    &fixture->state, &fixture->roster, &about, object, &fixture->sink);

	about_free(&about);
	return place;
}

/* Sees COUNT ids in one go. How many of them enter. */
static int
see_many(struct fixture *fixture, char ids[][16], size_t count)
{
	struct token_text text = {NULL, 0, NULL};
	bool is_changed;
	int entered = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		text.text = ids[i];
		text.size = strlen(ids[i]);
		people_note(fixture->people, 0, &text);
	}
	assert_int_equal(people_load(fixture->people, &fixture->roster.id), 0);
	for (i = 0; i < count; i++) {
		entered +=
		    roster_see(&fixture->roster, people_get(fixture->people, i),
			7, &is_changed) == ROSTER_ENTERS;
		if (is_changed)
			people_change(fixture->people, i);
	}
	assert_int_equal(people_save(fixture->people), 0);
	people_clear(fixture->people);
	return entered;
}

static int
see(struct fixture *fixture, const char *id)
{
	char ids[1][16];

	snprintf(ids[0], sizeof ids[0], "%s", id);
	return see_many(fixture, ids, 1) ? ROSTER_ENTERS : ROSTER_IN;
}

/* How many left. */
static int
end(struct fixture *fixture)
{
	fixture->left = 0;
	assert_int_equal(snapshot_end_all(&fixture->state, &fixture->sink), 0);
	return fixture->left;
}

static void
test_places(void **state)
{
	struct fixture fixture;

	(void)state;
	set_up(&fixture);
	assert_int_equal(
	    note(&fixture, PAGE("\"a\"", "1", "1")), SNAPSHOT_NEWEST);
	assert_int_equal(see(&fixture, "1"), ROSTER_ENTERS);
	assert_int_equal(see(&fixture, "1"), ROSTER_IN);
	assert_int_equal(end(&fixture), 0);
	assert_int_equal(
	    note(&fixture, PAGE("\"b\"", "2", "2")), SNAPSHOT_NEWEST);
	assert_int_equal(end(&fixture), 0);
	assert_int_equal(note(&fixture, PAGE("\"a\"", "1", "1")), SNAPSHOT_OLD);
	assert_int_equal(
	    note(&fixture, PAGE("\"b\"", "1", "2")), SNAPSHOT_NEWEST);
	assert_int_equal(end(&fixture), 1);
	assert_int_equal(see(&fixture, "1"), ROSTER_ENTERS);
	assert_int_equal(
	    note(&fixture, PAGE("\"b\"", "1", "3")), SNAPSHOT_NEWEST);
	assert_int_equal(end(&fixture), 0);
	assert_int_equal(
	    note(&fixture, PAGE("\"c\"", "0", "3")), SNAPSHOT_UNWHOLE);
	assert_int_equal(note(&fixture, PAGE("\"b\"", "1", "2")), SNAPSHOT_OLD);
	tear_down(&fixture);
}

/* A newer session ends an older one, as whole if it is. */
static void
test_sessions(void **state)
{
	struct fixture fixture;

	(void)state;
	set_up(&fixture);
	(void)note(&fixture, PAGE("\"a\"", "1", "1"));
	assert_int_equal(see(&fixture, "1"), ROSTER_ENTERS);
	(void)note(&fixture, PAGE("\"b\"", "1", "1"));
	assert_int_equal(see(&fixture, "2"), ROSTER_ENTERS);
	fixture.left = 0;
	(void)note(&fixture, PAGE("\"c\"", "1", "2"));
	assert_int_equal(fixture.left, 1);
	(void)note(&fixture, PAGE("\"d\"", "1", "2"));
	assert_int_equal(end(&fixture), 0);
	assert_int_equal(see(&fixture, "2"), ROSTER_IN);
	(void)note(&fixture, PAGE("\"d\"", "2", "2"));
	fixture.sink.is_part = true;
	assert_int_equal(end(&fixture), 0);
	fixture.sink.is_part = false;
	assert_int_equal(end(&fixture), 0);
	tear_down(&fixture);
}

/* The end of a page comes in another run: it is not there before. */
static void
test_cut_page(void **state)
{
	struct fixture fixture;

	(void)state;
	set_up(&fixture);
	(void)note(&fixture, PAGE("\"a\"", "1", "1"));
	assert_int_equal(see(&fixture, "1"), ROSTER_ENTERS);
	assert_int_equal(end(&fixture), 0);
	fixture.sink.is_cut = true;
	assert_int_equal(
	    note(&fixture, PAGE("\"b\"", "1", "1")), SNAPSHOT_NEWEST);
	fixture.sink.is_cut = false;
	assert_int_equal(end(&fixture), 0);
	assert_int_equal(
	    note(&fixture, PAGE("\"b\"", "1", "1")), SNAPSHOT_NEWEST);
	assert_int_equal(end(&fixture), 1);
	tear_down(&fixture);
}

/* Without a session a run is a sync, unless it has a part of a batch. */
static void
test_without_session(void **state)
{
	struct fixture fixture;

	(void)state;
	set_up(&fixture);
	(void)note(&fixture, PAGE("null", "1", "1"));
	assert_int_equal(see(&fixture, "1"), ROSTER_ENTERS);
	assert_int_equal(end(&fixture), 0);
	(void)note(&fixture, PAGE("\"\"", "1", "1"));
	fixture.sink.is_part = true;
	assert_int_equal(end(&fixture), 0);
	fixture.sink.is_part = false;
	assert_int_equal(end(&fixture), 0);
	(void)note(&fixture, PAGE("null", "1", "1"));
	assert_int_equal(end(&fixture), 1);
	tear_down(&fixture);
}

static char many[10000][16];

/* How many enter of ten thousand, which are others in each ROUND. */
static int
see_round(struct fixture *fixture, int round)
{
	int i;

	for (i = 0; i < 10000; i++)
		snprintf(many[i], sizeof *many, "%d",
		    (round * 10000 + i) * 7919 % 100000);
	return see_many(fixture, many, 10000);
}

/* Packs of a first sync, and then as many of a second one, which are merged
   when too much of the first one is waste. */
static void
test_many(void **state)
{
	struct fixture fixture;
	int i, round;

	(void)state;
	set_up(&fixture);
	(void)note(&fixture, PAGE("\"a\"", "1", "1"));
	for (round = 0; round < 10; round++) {
		assert_int_equal(see_round(&fixture, round), 10000);
		assert_int_equal(see_round(&fixture, round), 0);
		if (round == 5)
			assert_int_equal(
			    merge_roster(&fixture.state, fixture.roster.id), 0);
	}
	for (i = 0; i < 10000; i++)
		snprintf(many[i], sizeof *many, "%d", i * 10);
	assert_int_equal(see_many(&fixture, many, 10000), 0);
	assert_int_equal(end(&fixture), 0);
	(void)note(&fixture, PAGE("\"b\"", "1", "1"));
	for (round = 0; round < 9; round++)
		assert_int_equal(see_round(&fixture, round), 0);
	assert_int_equal(end(&fixture), 10000);
	assert_int_equal(see_round(&fixture, 9), 10000);
	(void)note(&fixture, PAGE("\"c\"", "1", "1"));
	assert_int_equal(see(&fixture, "1"), ROSTER_IN);
	assert_int_equal(end(&fixture), 99999);
	tear_down(&fixture);
}

/* The only row of a pack is read, and deleted, before new ones are written. */
static void
test_one_row(void **state)
{
	static char ids[5000][16];
	struct token_text first = {"a", 1, NULL};
	struct fixture fixture;
	bool is_changed;
	int i;

	(void)state;
	set_up(&fixture);
	(void)note(&fixture, PAGE("\"a\"", "1", "1"));
	assert_int_equal(see(&fixture, "a"), ROSTER_ENTERS);
	assert_int_equal(see(&fixture, "z"), ROSTER_ENTERS);
	people_note(fixture.people, 0, &first);
	assert_int_equal(people_load(fixture.people, &fixture.roster.id), 0);
	assert_int_equal(roster_remove(&fixture.roster,
			     people_get(fixture.people, 0), &is_changed),
	    ROSTER_LEAVES);
	people_change(fixture.people, 0);
	assert_int_equal(people_save(fixture.people), 0);
	people_clear(fixture.people);
	(void)note(&fixture, PAGE("\"b\"", "1", "1"));
	for (i = 0; i < 5000; i++)
		snprintf(ids[i], sizeof *ids, "m%d", i);
	assert_int_equal(see_many(&fixture, ids, 5000), 5000);
	for (i = 0; i < 3; i++) {
		assert_int_equal(
		    merge_roster(&fixture.state, fixture.roster.id), 0);
		assert_int_equal(see_many(&fixture, ids, 5000), 0);
	}
	assert_int_equal(see(&fixture, "z"), ROSTER_IN);
	tear_down(&fixture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_places),
	    cmocka_unit_test(test_sessions),
	    cmocka_unit_test(test_cut_page),
	    cmocka_unit_test(test_without_session),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_one_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
