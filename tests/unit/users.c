#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "users/user.h"
#include "users/users.h"
#include "versions.h"

#define ID "\"$distinct_id\":\"a\""
#define PROPERTIES "\"$properties\":{}"
#define USER "{" ID "," PROPERTIES "}"
#define WITH(value) "{" ID ",\"$properties\":{\"x\":" value "}}"

static sem_t large;

/* Reads a copy that has no byte to spare: a sanitizer sees overruns. */
static enum users_status
read_bytes(const char *json, size_t size, size_t max_users, char **text,
    struct users *users, struct users_error *error)
{
	const struct users_limits limits = {max_users, &large};

	*text = malloc(size + !size);
	assert_non_null(*text);
	memcpy(*text, json, size);
	*users = (struct users){0};
	return users_read(*text, size, &user_rule_form, &limits, users, error);
}

static void
assert_lines(const char *json, size_t count, const char *lines)
{
	struct users_error error = {""};
	struct users users;
	char *text;

	assert_int_equal(
	    read_bytes(json, strlen(json), 1000, &text, &users, &error),
	    USERS_OK);
	assert_string_equal(error.text, "");
	assert_int_equal(users.count, count);
	assert_int_equal(users.size, strlen(lines));
	assert_memory_equal(users.lines, lines, users.size);
	assert_int_equal(users.aside.count, 0);
	users_free(&users);
	free(text);
}

static void
assert_refused_bytes(const char *json, size_t size, const char *why)
{
	struct users_error error = {""};
	struct users users;
	char *text;

	assert_int_equal(
	    read_bytes(json, size, 1000, &text, &users, &error), USERS_INVALID);
	assert_string_equal(error.text, why);
	free(text);
}

static void
keeps_users_byte_for_byte(void **state)
{
	/* Each must come out as one line, unchanged. */
	static const char *const same[] = {
	    USER,
	    "{" PROPERTIES "," ID ",\"more\":null}",
	    "{\"$distinct_id\":7," PROPERTIES "}",
	    "{\"$distinct_id\":-"
	    "123456789012345678901234567890123456789," PROPERTIES "}",
	    WITH("0.1"),
	    WITH("1e400"),
	    WITH("-1E-400"),
	    WITH("1.50e+3"),
	    WITH("1234567890123456789012345678901234567890"),
	    WITH("0.12345678901234567890123456789"),
	    WITH("-0"),
	    WITH("\"\\u0000\""),
	    WITH("\"\\u00E9\\ud83d\\ude00\""),
	    WITH("\"\xe2\x80\xa8\xf0\x9f\x98\x80\""),
	    WITH("\"\\\\ud800\""),
	    WITH("\"\\\\\\\"\""),
	    WITH("[[],{},[{\"a\":[1,true,false,null]}]]"),
	    "{" ID ",\"$properties\":{\"a\\u0000b\":1,\"a\":2}}",
	    "{" ID ",\"$properties\":{\"\\u0000\":1,\"\\uffff\":2}}",
	    "{" ID ",\"$properties\":{\"Last Seen\":1,\"\xd0\x98\":2,\"\":3}}",
	    "{ " ID " ,\t" PROPERTIES " }",
	    WITH("1,\"x\":2,\"\\u0078\":3"),
	    WITH("{\"a\":{\"b\":1,\"b\":1e999}}"),
	    "{" ID ",\"$properties\":{\"$distinct_id\":1,\"$distinct_id\":2}}",
	};
	char json[512], lines[512];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(same); i++) {
		print_message("%s\n", same[i]);
		snprintf(json, sizeof json, "[%s]", same[i]);
		snprintf(lines, sizeof lines, "%s\n", same[i]);
		assert_lines(json, 1, lines);
	}
}

static void
makes_one_line_of_each(void **state)
{
	(void)state;
	assert_lines("[]", 0, "");
	assert_lines(" [ \n ] \r\n", 0, "");
	assert_lines("[" USER "," USER "]", 2, USER "\n" USER "\n");
	assert_lines(
	    "\n[\n  " USER "\n ,\n" USER "\r\n\t]\n", 2, USER "\n" USER "\n");
	assert_lines("[{\n" ID ",\r\n" PROPERTIES "\n}]", 1,
	    "{ " ID ",  " PROPERTIES " }\n");
}

static void
mends_unpaired_surrogates(void **state)
{
	(void)state;
	assert_lines("[" WITH("\"\\ud800\"") "]", 1, WITH("\"\\ufffd\"") "\n");
	assert_lines(
	    "[" WITH("\"\\uDC00x\"") "]", 1, WITH("\"\\ufffdx\"") "\n");
	assert_lines("[" WITH("\"\\ud800\\ud800\\udc00\"") "]", 1,
	    WITH("\"\\ufffd\\ud800\\udc00\"") "\n");
	assert_lines("[" WITH("\"\\udbff\\u0041\"") "]", 1,
	    WITH("\"\\ufffd\\u0041\"") "\n");
	assert_lines("[{" ID ",\"$properties\":{\"\\ud801\":1}}]", 1,
	    "{" ID ",\"$properties\":{\"\\ufffd\":1}}\n");
	assert_lines("[{" ID ",\"$properties\":{\"\\ud801\":1,\"\\ud802\":2}}]",
	    1, "{" ID ",\"$properties\":{\"\\ufffd\":1,\"\\ufffd\":2}}\n");
}

/* Both readers: a plain user, and one for jansson. */
static void
takes_an_empty_list_for_no_properties(void **state)
{
	(void)state;
	assert_lines("[{" ID ",\"$properties\":[]}," USER "]", 2,
	    "{" ID ",\"$properties\":{}}\n" USER "\n");
	assert_lines("[{" ID ",\"$properties\": [ \r\n\t] }]", 1,
	    "{" ID ",\"$properties\": {   \t} }\n");
	assert_lines("[{\"x\":1e999," ID ",\"\\u0024properties\":[ ]}]", 1,
	    "{\"x\":1e999," ID ",\"\\u0024properties\":{ }}\n");
	assert_lines("[{" ID ",\"$properties\":{\"a\":[]},\"b\":[]}]", 1,
	    "{" ID ",\"$properties\":{\"a\":[]},\"b\":[]}\n");
}

static const struct {
	const char *json, *why;
} refused[] = {
    {"", "users is not a JSON list"},
    {"   ", "users is not a JSON list"},
    {"{}", "users is not a JSON list"},
    {"null", "users is not a JSON list"},
    {"\xef\xbb\xbf[]", "users is not a JSON list"},
    {"[", "users is not JSON: it ends after 1 bytes, expected a user"},
    {"[,]", "users is not JSON: expected a user at byte 2 of users"},
    {"[" USER ",]", "users is not JSON: expected a user at byte 40 of users"},
    {"[" USER, "users is not JSON: it ends after 38 bytes, expected ',' or "
	       "']'"},
    {"[" USER " " USER "]",
	"users is not JSON: expected ',' or ']' at byte 40 of users"},
    {"[]x", "users is not JSON: expected the end at byte 3 of users"},
    {"[" USER "]]", "users is not JSON: expected the end at byte 40 of users"},
    {"[] // no", "users is not JSON: expected the end at byte 4 of users"},
    {"[null]", "users[0]: not an object"},
    {"[ [ ] , 1 ]", "users[0]: not an object"},
    {"[{},null]", "users[0]: no $distinct_id"},
    {"[" USER ",{} {}]",
	"users is not JSON: expected ',' or ']' at byte 43 of users"},
    {"[" USER ",{}", "users is not JSON: it ends after 41 bytes, expected ',' "
		     "or ']'"},
    {"[" USER ",nul]", "users[1]: not JSON"},
    {"[" USER ",nulls]", "users[1]: not JSON"},
    {"[" USER ",-]", "users[1]: not JSON"},
    {"[" USER ",01]", "users[1]: not JSON"},
    {"[" USER ",[1,]]", "users[1]: not JSON"},
    {"[" USER ",[}]", "users[1]: not JSON"},
    {"[" USER ",[{\"a\"}]]", "users[1]: not JSON"},
    {"[" USER ",\"a]", "users[1]: not JSON"},
    {"[" USER ",\"\xff\"]", "users[1]: not JSON"},
    {"[" USER ",?]", "users[1]: not JSON"},
    {"[{" ID "}]", "users[0]: no $properties"},
    {"[{\"$distinct_id\":\"\"," PROPERTIES "}]",
	"users[0]: $distinct_id is empty"},
    {"[{\"$distinct_id\":true," PROPERTIES "}]",
	"users[0]: $distinct_id is neither a string nor an integer"},
    {"[{\"$distinct_id\":1.0," PROPERTIES "}]",
	"users[0]: $distinct_id is neither a string nor an integer"},
    {"[{\"$distinct_id\":1e3," PROPERTIES "}]",
	"users[0]: $distinct_id is neither a string nor an integer"},
    {"[{" ID ",\"$properties\":[1]}]",
	"users[0]: $properties is not an object"},
    {"[{" ID "," PROPERTIES "," ID "}]", "users[0]: a member twice"},
    {"[{" ID "," PROPERTIES ",\"a\":1,\"\\u0061\":2}]",
	"users[0]: a member twice"},
    {"[{" ID "," PROPERTIES ",\"\\ud800\":1,\"\\udc00\":1}]",
	"users[0]: a member twice"},
    {"[{" ID ",\"\\u0024distinct_id\":\"a\"," PROPERTIES "}]",
	"users[0]: a member twice"},
    {"[" WITH("\"\xc0\xaf\"") "]",
	"users[0]: not UTF-8, near byte 41 of users"},
    {"[" WITH("\"\xed\xa0\x80\"") "]",
	"users[0]: not UTF-8, near byte 41 of users"},
    {"[" WITH("\"\n\"") "]", "users[0]: not JSON, near byte 41 of users"},
    {"[" WITH("NaN") "]", "users[0]: not JSON, near byte 43 of users"},
    {"[" WITH("01") "]", "users[0]: not JSON, near byte 41 of users"},
    {"[" WITH("1234567890123456789x") "]", NULL},
    {"[" WITH("1e") "]", NULL},
    {"[" WITH("+1") "]", NULL},
    {"[" WITH(".5") "]", NULL},
    {"[" WITH("123456789012345678901.") "]", NULL},
    {"[" WITH("0123456789012345678901") "]", NULL},
    {"[" WITH("1e5.3") "]", NULL},
    {"[" WITH("/* */1") "]", NULL},
    {"[" WITH("'a'") "]", NULL},
    {"[" WITH("\"\\x41\"") "]", NULL},
    {"[" WITH("\"\\u12\"") "]", NULL},
    {"[" WITH("\"\\ud80\"") "]", NULL},
    {"[" WITH("[1,]") "]", NULL},
    {"[" WITH("[}") "]", NULL},
    {"[{" ID ",\"$properties\":{\"x\"}}]", NULL},
    {"[{\"$distinct_id\":\"a", NULL},
    {"[{\"$distinct_id\":\"a\\", NULL},
    {"[{\"$distinct_id\":\"a\\ud800", NULL},
    {"[{", NULL},
};

static void
assert_aside(const char *json, const char *lines, size_t count,
    const char *aside, const char *why)
{
	struct users_error error = {""};
	struct users users;
	char *text;

	assert_int_equal(
	    read_bytes(json, strlen(json), 1000, &text, &users, &error),
	    USERS_OK);
	assert_int_equal(users.size, strlen(lines));
	assert_memory_equal(users.lines, lines, users.size);
	assert_int_equal(users.aside.count, count);
	assert_int_equal(users.aside.size, strlen(aside));
	assert_memory_equal(users.aside.lines, aside, users.aside.size);
	assert_string_equal(error.text, why);
	users_free(&users);
	free(text);
}

#define LINE(why, index, element)                                              \
	"{\"why\":\"" why "\",\"index\":" index ",\"element\":" element "}\n"

static void
sets_aside_what_is_not_a_user(void **state)
{
	(void)state;
	assert_aside("[{}," USER "]", USER "\n", 1,
	    LINE("no $distinct_id", "0", "{}"), "users[0]: no $distinct_id");
	assert_aside("[" USER ", null ," USER ",\"a\",-1.5e3,[1,\n{}] , true]",
	    USER "\n" USER "\n", 5,
	    LINE("not an object", "1", "null") LINE("not an object", "3",
		"\"a\"") LINE("not an object", "4", "-1.5e3")
		LINE("not an object", "5", "[1, {}]")
		    LINE("not an object", "6", "true"),
	    "users[1]: not an object");
	assert_aside("[{" ID ",\r\n\"$properties\":[1,\"\\ud800\"]}," USER "]",
	    USER "\n", 1,
	    LINE("$properties is not an object", "0",
		"{" ID ",  \"$properties\":[1,\"\\ufffd\"]}"),
	    "users[0]: $properties is not an object");
	/* Set aside as it came: its empty list stays one. */
	assert_aside("[{\"x\":1,\"\\u0078\":2," ID ",\"$properties\":[]}," USER
		     "]",
	    USER "\n", 1,
	    LINE("a member twice", "0",
		"{\"x\":1,\"\\u0078\":2," ID ",\"$properties\":[]}"),
	    "users[0]: a member twice");
	assert_aside("[{\"$properties\":[]}," USER "]", USER "\n", 1,
	    LINE("no $distinct_id", "0", "{\"$properties\":[]}"),
	    "users[0]: no $distinct_id");
}

/* Of 4,300 digits and 4,301, as a property and as an id. */
static void
sets_long_integers_aside(void **state)
{
	static char digits[USER_MAX_DIGITS + 2], json[10000], aside[10000];
	char line[10000];

	(void)state;
	memset(digits, '7', sizeof digits - 1);
	snprintf(json, sizeof json, "[" WITH("-%s") "]", digits + 1);
	snprintf(line, sizeof line, WITH("-%s") "\n", digits + 1);
	assert_lines(json, 1, line);
	snprintf(json, sizeof json, "[" WITH("%s.5") "]", digits);
	snprintf(line, sizeof line, WITH("%s.5") "\n", digits);
	assert_lines(json, 1, line);
	snprintf(json, sizeof json, "[" WITH("-%s") "," USER "]", digits);
	snprintf(aside, sizeof aside,
	    LINE("an integer of over 4300 digits", "0", WITH("-%s")), digits);
	assert_aside(json, USER "\n", 1, aside,
	    "users[0]: an integer of over 4300 digits");
	snprintf(json, sizeof json,
	    "[{\"$distinct_id\":%s," PROPERTIES "}," USER "]", digits);
	snprintf(aside, sizeof aside,
	    LINE("an integer of over 4300 digits", "0",
		"{\"$distinct_id\":%s," PROPERTIES "}"),
	    digits);
	assert_aside(json, USER "\n", 1, aside,
	    "users[0]: an integer of over 4300 digits");
}

static void
refuses_what_is_no_list_of_users(void **state)
{
	struct users_error error = {""};
	struct users users;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(refused); i++) {
		print_message("%s\n", refused[i].json);
		if (refused[i].why) {
			assert_refused_bytes(refused[i].json,
			    strlen(refused[i].json), refused[i].why);
			continue;
		}
		assert_int_equal(
		    read_bytes(refused[i].json, strlen(refused[i].json), 1000,
			&text, &users, &error),
		    USERS_INVALID);
		assert_memory_equal(error.text, "users[0]: not JSON", 18);
		free(text);
	}
}

/* Reads a list of users by RULE; WHY gets the error. */
static enum users_status
read_by(const struct user_rule *rule, const char *json, char why[160])
{
	const struct users_limits limits = {1000, &large};
	struct users_error error = {""};
	struct users users = {0};
	enum users_status status;
	char *text = strdup(json);

	assert_non_null(text);
	status = users_read(text, strlen(text), rule, &limits, &users, &error);
	memcpy(why, error.text, sizeof error.text);
	free(text);
	return status;
}

/* Reads each element twice: as a plain one, and by way of jansson. */
static void
the_rule_names_the_members(void **state)
{
	static const struct user_rule rule = {
	    .list = "users",
	    .id = {"key", 3},
	    .properties = {"more", 4},
	    .no_id = "no key",
	    .empty_id = "empty key",
	    .wrong_id = "wrong key",
	    .no_properties = "no more",
	    .wrong_properties = "wrong more",
	};
	static const struct {
		const char *members, *why;
	} cases[] = {
	    {"\"key\":\"a\",\"more\":{}", ""},
	    {"\"more\":{},\"key\":-7", ""},
	    {"\"keys\":\"a\",\"more\":{}", "users[0]: no key"},
	    {"\"more\":{\"key\":1}", "users[0]: no key"},
	    {"\"key\":\"\",\"more\":{}", "users[0]: empty key"},
	    {"\"key\":{},\"more\":{}", "users[0]: wrong key"},
	    {"\"key\":1.5,\"more\":{}", "users[0]: wrong key"},
	    {"\"key\":1", "users[0]: no more"},
	    {"\"key\":1,\"more\":\"{}\"", "users[0]: wrong more"},
	    {ID "," PROPERTIES, "users[0]: no key"},
	};
	char json[128], why[160];
	size_t i, reader;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		for (reader = 0; reader < 2; reader++) {
			snprintf(json, sizeof json, "[{\"x\":%s,%s}]",
			    reader ? "1e999" : "1", cases[i].members);
			assert_int_equal(read_by(&rule, json, why),
			    *cases[i].why ? USERS_INVALID : USERS_OK);
			assert_string_equal(why, cases[i].why);
		}
}

static void
refuses_nul_bytes(void **state)
{
	static const char inside[] = "[{\"a\0\":1}]";
	static const char between[] = "[\0]", utf16[] = "[\0{\0}\0]";

	(void)state;
	assert_refused_bytes(inside, sizeof inside - 1,
	    "users[0]: not JSON, a NUL, near byte 5 of users");
	assert_refused_bytes(between, sizeof between - 1,
	    "users is not JSON: expected a user at byte 2 of users");
	assert_refused_bytes(utf16, sizeof utf16 - 1,
	    "users is not JSON: expected a user at byte 2 of users");
}

static void
nested(char *json, size_t levels)
{
	char *p = json + sprintf(json, "[{" ID ",\"$properties\":{\"x\":");

	memset(p, '[', levels);
	memset(p + levels, ']', levels);
	memcpy(p + 2 * levels, "}}]", 4);
}

static void
limits_nesting(void **state)
{
	static char json[11000];
	char line[1024];

	(void)state;
	/* The user and its $properties are two levels of the limit. */
	nested(json, USER_MAX_DEPTH - 2);
	snprintf(line, sizeof line, "%.*s\n", (int)strlen(json) - 2, json + 1);
	assert_lines(json, 1, line);
	nested(json, USER_MAX_DEPTH - 1);
	assert_refused_bytes(
	    json, strlen(json), "users[0]: nested deeper than 128 levels");
	nested(json, 5000);
	assert_refused_bytes(
	    json, strlen(json), "users[0]: nested deeper than 128 levels");
	memset(json, '[', 5000);
	assert_refused_bytes(json, 5000, "users[0]: not JSON");
	memset(json + 2500, ']', 2500);
	assert_refused_bytes(json, 5000, "users[0]: not an object");
	json[4000] = '}';
	assert_refused_bytes(json, 5000, "users[0]: not JSON");
}

static void
limits_the_number_of_users(void **state)
{
	static const char json[] = "[" USER "," USER "]";
	struct users_error error = {""};
	struct users users;
	char *text;

	(void)state;
	assert_int_equal(
	    read_bytes(json, sizeof json - 1, 1, &text, &users, &error),
	    USERS_TOO_MANY);
	assert_string_equal(error.text, "more than 1 users in one request");
	free(text);
	assert_int_equal(
	    read_bytes(json, sizeof json - 1, 2, &text, &users, &error),
	    USERS_OK);
	free(text);
	assert_int_equal(read_bytes("[1,2," USER "]", sizeof "[1,2,]" USER - 2,
			     2, &text, &users, &error),
	    USERS_TOO_MANY);
	free(text);
}

/* No part of a valid text may be accepted, nor read beyond its end. */
static void
refuses_every_prefix(void **state)
{
	static const char json[] = "[" WITH("\"\\ud83d\\ude00\\n\"") "," WITH(
	    "12345678901234567890.5e-3") "]";
	struct users_error error = {""};
	struct users users;
	char *text;
	size_t size;

	(void)state;
	for (size = 0; size < sizeof json - 1; size++) {
		assert_int_equal(
		    read_bytes(json, size, 1000, &text, &users, &error),
		    USERS_INVALID);
		free(text);
	}
}

static void
reads_large_users(void **state)
{
	static char json[2 * USERS_LARGE], line[2 * USERS_LARGE];
	static const char *const numbers[] = {"1", "1e100"};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(numbers); i++) {
		char *p = json + sprintf(json,
				     "[{" ID ",\"$properties\":{\"n\":%s,"
				     "\"x\":\"",
				     numbers[i]);

		memset(p, 'x', USERS_LARGE);
		memcpy(p + USERS_LARGE, "\"}}]", 5);
		snprintf(line, sizeof line, "%.*s\n", (int)strlen(json) - 2,
		    json + 1);
		assert_lines(json, 1, line);
	}
}

/* The linker replaces malloc and realloc (--wrap). */
static int allocations_left = -1; /* before one fails; below 0: none fails */
static bool fails_once;           /* the next one works again */
static bool has_failed;
void *__wrap_malloc(size_t size);
void *__real_malloc(size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__real_realloc(void *memory, size_t size);

static bool
allocation_fails(void)
{
	if (allocations_left == 0) {
		has_failed = true;
		if (fails_once)
			allocations_left = -1;
		return true;
	}
	if (allocations_left > 0)
		allocations_left--;
	return false;
}

void *
__wrap_malloc(size_t size)
{
	return allocation_fails() ? NULL : __real_malloc(size);
}

void *
__wrap_realloc(void *memory, size_t size)
{
	return allocation_fails() ? NULL : __real_realloc(memory, size);
}

/* Whichever allocation fails, alone or with all behind it, the users are not to
   blame. */
static void
assert_reported(bool once)
{
	static const char json[] =
	    "[" WITH("[\"longer than its first buffer\",1e100]") "," WITH(
		"{\"\\u0000\":12345678901234567890}") ",null,{\"\\u0024\":1},"
						      "[[1]]]";
	const struct users_limits limits = {1000, &large};
	enum users_status status;
	char text[sizeof json];
	int n;

	fails_once = once;
	for (n = 0; n == 0 || has_failed; n++) {
		struct users_error error = {""};
		struct users users;

		memcpy(text, json, sizeof json);
		allocations_left = n;
		has_failed = false;
		status = users_read(text, sizeof json - 1, &user_rule_form,
		    &limits, &users, &error);
		allocations_left = -1;
		assert_int_equal(
		    status, has_failed ? USERS_NO_MEMORY : USERS_OK);
		if (status == USERS_OK)
			users_free(&users);
	}
	assert_true(n > 20);
	fails_once = false;
}

static void
a_lack_of_memory_is_reported_as_such(void **state)
{
	(void)state;
	assert_reported(false);
	assert_reported(true);
}

/* A thread that had no memory for a user can still write JSON. */
static void
a_lack_of_memory_ends_with_its_user(void **state)
{
	static const char json[] = WITH("1e100");
	char text[sizeof json];
	struct scan_user user = {.start = memcpy(text, json, sizeof json)};
	struct user_fault fault;
	json_t *answer;

	(void)state;
	scan_user(&user, text + sizeof json - 1, &user_rule_form);
	allocations_left = 3;
	assert_int_equal(
	    user_check(&user, &user_rule_form, &fault), USER_NO_MEMORY);
	allocations_left = -1;
	answer = json_pack("{s:s}", "status", "failure");
	assert_non_null(answer);
	json_decref(answer);
}

static int
set_up(void **state)
{
	(void)state;
	user_init();
	return sem_init(&large, 0, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keeps_users_byte_for_byte),
	    cmocka_unit_test(makes_one_line_of_each),
	    cmocka_unit_test(mends_unpaired_surrogates),
	    cmocka_unit_test(takes_an_empty_list_for_no_properties),
	    cmocka_unit_test(sets_aside_what_is_not_a_user),
	    cmocka_unit_test(sets_long_integers_aside),
	    cmocka_unit_test(refuses_what_is_no_list_of_users),
	    cmocka_unit_test(the_rule_names_the_members),
	    cmocka_unit_test(refuses_nul_bytes),
	    cmocka_unit_test(limits_nesting),
	    cmocka_unit_test(limits_the_number_of_users),
	    cmocka_unit_test(refuses_every_prefix),
	    cmocka_unit_test(reads_large_users),
	    cmocka_unit_test(a_lack_of_memory_is_reported_as_such),
	    cmocka_unit_test(a_lack_of_memory_ends_with_its_user),
	};

	return RUN_WITH_EACH_VERSION("users", tests, set_up);
}
