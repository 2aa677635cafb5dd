#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/person.h"
#include "users/user.h"

#include "unit.h"

/* Is LINE, in memory of exactly its size, about one of the ids? */
static enum person
person(const char *line, size_t size, bool is_aside, const char *const *wanted,
    size_t count)
{
	struct ids ids = {0};
	char *copy = malloc(size + !size);
	enum person result;
	size_t i;

	assert_non_null(copy);
	memcpy(copy, line, size);
	for (i = 0; i < count; i++)
		assert_int_equal(
		    ids_add(&ids, wanted[i], strlen(wanted[i])), 0);
	result = person_of(&ids, copy, size, is_aside);
	ids_free(&ids);
	free(copy);
	return result;
}

static const struct {
	const char *line, *id;
	enum person person;
} lines[] = {
    {"{\"$distinct_id\":\"a\",\"$properties\":{}}", "a", PERSON_WANTED},
    {"{\"$distinct_id\":\"a\",\"$properties\":{}}", "A", PERSON_OTHER},
    {"{\"$distinct_id\":\"ab\",\"$properties\":{}}", "a", PERSON_OTHER},
    {"{\"$properties\":{\"x\":[1,{}]} , \"$distinct_id\" : \"a\" } ", "a",
	PERSON_WANTED},
    /* As values of JSON. */
    {"{\"$distinct_id\":\"\\u0061\\\"\\/\\\\\",\"$properties\":{}}", "a\"/\\",
	PERSON_WANTED},
    {"{\"\\u0024distinct_id\":\"a\",\"$properties\":{}}", "a", PERSON_WANTED},
    {"{\"$distinct_id\":17,\"$properties\":{}}", "17", PERSON_WANTED},
    {"{\"$distinct_id\":\"17\",\"$properties\":{}}", "17", PERSON_WANTED},
    {"{\"$distinct_id\":17,\"$properties\":{}}", "1", PERSON_OTHER},
    {"{\"$distinct_id\":-123456789012345678901,\"$properties\":{}}",
	"-123456789012345678901", PERSON_WANTED},
    {"{\"$distinct_id\":\"\\ud83d\\ude00\",\"$properties\":{}}",
	"\xf0\x9f\x98\x80", PERSON_WANTED},
    {"{\"$distinct_id\":\"\\ud800\",\"$properties\":{}}", "a", PERSON_OTHER},
    {"{\"$distinct_id\":true,\"$properties\":{}}", "true", PERSON_OTHER},
    {"{\"$distinct_id\":[\"a\"],\"$properties\":{}}", "a", PERSON_OTHER},
    /* What is inside of a user's properties is not an own id. */
    {"{\"$distinct_id\":\"b\",\"$properties\":{\"$distinct_id\":\"a\"}}", "a",
	PERSON_OTHER},
    {"{\"$distinct_id\":\"b\",\"distinct_id\":\"a\",\"$properties\":{}}", "a",
	PERSON_OTHER},
    {"{\"$distinct_id\":\"b\",\"$properties\":{\"x\":\"\\\",\\\"$distinct_"
     "id\\\""
     ":\\\"a\\\"\"}}",
	"a", PERSON_OTHER},
    /* A member of a cohort has two. */
    {"{\"$distinct_id\":\"b\",\"$properties\":{\"$distinct_id\":\"a\"},"
     "\"$cohort\":{}}",
	"a", PERSON_WANTED},
    {"{\"$distinct_id\":\"b\",\"$cohort\":{},"
     "\"$properties\":{\"mixpanel_distinct_id\":\"a\"}}",
	"a", PERSON_WANTED},
    {"{\"$distinct_id\":\"b\",\"$properties\":{\"distinct_id\":\"a\"},"
     "\"$cohort\":{}}",
	"a", PERSON_OTHER},
    {"{\"$distinct_id\":\"b\",\"$properties\":{},"
     "\"$cohort\":{\"$distinct_id\":\"a\"}}",
	"a", PERSON_OTHER},
    {"{\"$cohort\":{\"action\":\"members\"}}", "members", PERSON_OTHER},
    /* Events. */
    {"{\"event\":\"x\",\"properties\":{\"distinct_id\":\"a\"}}", "a",
	PERSON_WANTED},
    {"{\"event\":\"x\",\"properties\":{\"$distinct_id\":\"a\"}}", "a",
	PERSON_WANTED},
    {"{\"event\":\"x\",\"distinct_id\":\"a\"}", "a", PERSON_WANTED},
    {"{\"event\":\"x\",\"properties\":{\"p\":{\"distinct_id\":\"a\"}}}", "a",
	PERSON_OTHER},
    {"{\"event\":\"a\",\"properties\":[\"a\"]}", "a", PERSON_OTHER},
    /* Nobody. */
    {"", "a", PERSON_OTHER},
    {" ", "a", PERSON_OTHER},
    {"{}", "a", PERSON_OTHER},
    {"{ } ", "a", PERSON_OTHER},
    {"17", "17", PERSON_OTHER},
    {"\"a\"", "a", PERSON_OTHER},
    {"[{\"$distinct_id\":\"a\"}]", "a", PERSON_OTHER},
    /* Not JSON: the names are looked for all the same. */
    {"x", "a", PERSON_UNKNOWN},
    {"{", "a", PERSON_UNKNOWN},
    {"{\"", "a", PERSON_UNKNOWN},
    {"{\"$distinct_id\"", "a", PERSON_UNKNOWN},
    {"{\"$distinct_id\":", "a", PERSON_UNKNOWN},
    {"{\"$distinct_id\":\"a", "a", PERSON_UNKNOWN},
    {"{\"$distinct_id\":\"a\"", "a", PERSON_WANTED},
    {"{\"$distinct_id\":\"a\"} x", "a", PERSON_WANTED},
    {"{\"$distinct_id\":\"b\"} x", "a", PERSON_UNKNOWN},
    {"{\"$distinct_id\":\"a\",}", "a", PERSON_WANTED},
    {"{\"x\":\"\\q\",\"$distinct_id\":\"a\"}", "a", PERSON_UNKNOWN},
    {"{}}", "a", PERSON_UNKNOWN},
};

static void
lines_are_about_their_own_id(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(lines); i++)
		if (person(lines[i].line, strlen(lines[i].line), false,
			&lines[i].id, 1) != lines[i].person)
			fail_msg("%s", lines[i].line);
}

static const struct {
	const char *element;
	enum person person;
} elements[] = {
    {"{\"$distinct_id\":\"a\"}", PERSON_WANTED},
    {"{\"$distinct_id\":\"b\",\"$distinct_id\":\"a\"}", PERSON_WANTED},
    {"{\"mixpanel_distinct_id\":\"\\u0061\"}", PERSON_WANTED},
    {"[[[{\"x\":{\"distinct_id\": \"a\"}}]]]", PERSON_WANTED},
    {"{\"$distinct_id\":{\"$distinct_id\":\"a\"}}", PERSON_WANTED},
    {"{\"$distinct_id\":[\"a\"]}", PERSON_WANTED},
    {"{\"distinct_id\":[null, {\"x\":[]} ,\"b\" , \"\\u0061\"]}",
	PERSON_WANTED},
    {"{\"distinct_id\":[\"b\",[\"a\"]]}", PERSON_OTHER},
    {"{\"distinct_id\":[],\"x\":\"a\"}", PERSON_OTHER},
    {"{\"$distinct_id\":\"b\",\"x\":\"a\"}", PERSON_OTHER},
    /* A list of ids in place of users. */
    {"\"a\"", PERSON_WANTED},
    {" \"\\u0061\" ", PERSON_WANTED},
    {"[\"b\",\"a\"]", PERSON_WANTED},
    {"\"ab\"", PERSON_OTHER},
    {"{\"element\":\"a\"}", PERSON_OTHER},
    {"{\"x\":{\"element\":[\"a\"]}}", PERSON_OTHER},
    {"\"$distinct_id\",\"a\"", PERSON_OTHER},
    {"null", PERSON_OTHER},
    {"\"\x1f\"", PERSON_UNKNOWN},
};

static void
elements_are_about_any_id_in_them(void **state)
{
	const char *const id = "a";
	char line[256];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(elements); i++) {
		snprintf(line, sizeof line,
		    "{\"why\":\"no $distinct_id\",\"index\":1,\"element\":%s}",
		    elements[i].element);
		if (person(line, strlen(line), true, &id, 1) !=
		    elements[i].person)
			fail_msg("%s", line);
	}
}

/* Deeper than any reader of trees goes. */
static void
depth_is_no_hiding_place(void **state)
{
	static const char name[] = "{\"$distinct_id\":\"a\"}";
	const char *const id = "a";
	const size_t depth = 100000;
	char *line = malloc(depth + sizeof name);

	(void)state;
	assert_non_null(line);
	memset(line, '[', depth);
	memcpy(line + depth, name, sizeof name);
	assert_int_equal(
	    person(line, depth + sizeof name - 1, true, &id, 1), PERSON_WANTED);
	free(line);
}

static void
many_ids_are_looked_up(void **state)
{
	static const char *const all[] = {"b", "aa", "a", "10", "9", "", "b"};
	struct ids ids = {0};
	size_t i;

	(void)state;
	assert_false(ids_have(&ids, "a", 1));
	for (i = 0; i < COUNT(all); i++)
		assert_int_equal(ids_add(&ids, all[i], strlen(all[i])), 0);
	for (i = 0; i < COUNT(all); i++)
		assert_true(ids_have(&ids, all[i], strlen(all[i])));
	assert_false(ids_have(&ids, "c", 1));
	assert_false(ids_have(&ids, "a\0", 2));
	assert_int_equal(ids_add(&ids, "a\0", 2), 0);
	assert_true(ids_have(&ids, "a\0", 2));
	ids_free(&ids);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_are_about_their_own_id),
	    cmocka_unit_test(elements_are_about_any_id_in_them),
	    cmocka_unit_test(depth_is_no_hiding_place),
	    cmocka_unit_test(many_ids_are_looked_up),
	};

	user_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
