#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "once/judge.h"
#include "once/snapshot.h"

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

/* Numbers, and what counts as none. */
static void
test_pages(void **state)
{
	static const struct {
		const char *text;
		int64_t page, total;
	} cases[] = {
	    {PAGE("1", "1", "1"), 1, 1},
	    {PAGE("1", "\"2\"", "3"), 2, 3},
	    {PAGE("1", "1000000000", "1000000000"), 1000000000, 1000000000},
	    {PAGE("1", "1000000001", "1000000001"), 0, 0},
	    {PAGE("1", "1", "99999999999999999999999"), 0, 0},
	    {PAGE("1", "4", "3"), 0, 0},
	    {PAGE("1", "0", "3"), 0, 0},
	    {PAGE("1", "-1", "3"), 0, 0},
	    {PAGE("1", "1.0", "3"), 0, 0},
	    {PAGE("1", "\"\"", "3"), 0, 0},
	    {PAGE("1", "true", "3"), 0, 0},
	    {PAGE("1", "[1]", "3"), 0, 0},
	    {PAGE("1", "1", "null"), 0, 0},
	    {"{\"action\":\"members\"}", 1, 1},
	    {"{\"action\":\"members\",\"page_info\":null}", 1, 1},
	    {"{\"action\":\"members\",\"page_info\":{}}", 0, 0},
	    {"{\"action\":\"members\",\"page_info\":[]}", 0, 0},
	    {"{\"action\":\"members\",\"page_info\":7}", 0, 0},
	    {"{\"action\":\"members\",\"page_info\":{\"page_count\":1}}", 0, 0},
	};
	struct line_value object;
	struct about about;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		about = about_of(cases[i].text, &object);
		assert_int_equal(about.page, cases[i].page);
		assert_int_equal(about.total, cases[i].total);
		about_free(&about);
	}
}

static void
test_actions(void **state)
{
	static const char *const wrong[] = {"{}", "{\"action\":1}",
	    "{\"action\":\"Members\"}", "{\"action\":null}",
	    "{\"action\":\"\"}", "{\"action\":[\"members\"]}"};
	struct line_value object;
	struct about about;
	const char *why;
	size_t i;

	(void)state;
	about = about_of("{\"\\u0061ction\":\"\\u0061dd_members\"}", &object);
	assert_int_equal(about.action, ABOUT_ADD);
	about_free(&about);
	for (i = 0; i < COUNT(wrong); i++) {
		object =
		    (struct line_value){wrong[i], wrong[i] + strlen(wrong[i])};
		assert_int_equal(about_read(object, &about, &why), -1);
		assert_non_null(why);
	}
}

static void
test_rest(void **state)
{
	struct line_value object;
	struct about about = about_of(
	    "{ \"action\" : \"members\" , \"a\" : [1, 2],\"page_info\":{}, "
	    "\"b\":\"x\" ,\"inferred\":true}",
	    &object);
	char *rest = about_copy_rest(object);

	(void)state;
	assert_string_equal(rest, ",\"a\" : [1, 2],\"b\":\"x\"");
	free(rest);
	about_free(&about);
}

/* A state in memory, with one roster. */
struct fixture {
	struct state state;
	struct roster roster;
	struct snapshot_sink sink;
	int left;
};

static void
set_up(struct fixture *fixture)
{
	const struct token_text none = {"", 0, NULL};
	const struct roster_key key = {false, none, none, none, none};

	assert_int_equal(state_open(&fixture->state, NULL, false), 0);
	assert_int_equal(
	    roster_find(&fixture->state, &key, &fixture->roster), 0);
	fixture->left = 0;
	fixture->sink = (struct snapshot_sink){
	    .leaves = count_leaves, .to = &fixture->left, .now = 7};
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

static int
see(struct fixture *fixture, const char *id)
{
	const struct token_text text = {id, strlen(id), NULL};

	return roster_see(&fixture->state, &fixture->roster, &text, 7);
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
	state_close(&fixture.state);
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
	state_close(&fixture.state);
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
	state_close(&fixture.state);
}

/* More than are merged at once, of both tables. */
static void
test_many(void **state)
{
	struct fixture fixture;
	char id[16];
	int i;

	(void)state;
	set_up(&fixture);
	(void)note(&fixture, PAGE("\"a\"", "1", "1"));
	for (i = 0; i < 50000; i++) {
		snprintf(id, sizeof id, "%d", i * 7919 % 50000);
		assert_int_equal(see(&fixture, id), ROSTER_ENTERS);
		if (i % 30000 == 0)
			assert_int_equal(
			    roster_merge(&fixture.state, i > 0), 0);
	}
	for (i = 0; i < 50000; i += 1000) {
		snprintf(id, sizeof id, "%d", i);
		assert_int_equal(see(&fixture, id), ROSTER_IN);
	}
	assert_int_equal(end(&fixture), 0);
	(void)note(&fixture, PAGE("\"b\"", "1", "1"));
	assert_int_equal(see(&fixture, "1"), ROSTER_IN);
	assert_int_equal(end(&fixture), 49999);
	state_close(&fixture.state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pages),
	    cmocka_unit_test(test_actions),
	    cmocka_unit_test(test_rest),
	    cmocka_unit_test(test_places),
	    cmocka_unit_test(test_sessions),
	    cmocka_unit_test(test_without_session),
	    cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
