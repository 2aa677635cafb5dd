#include "users/json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define DEPTH 16

/* Every kind of token. */
static const char rich[] =
    "{ \"\\u00e9\\ud83d\\ude00\" :\r\n\t[-0, 1.50, 2e5,-3.25E-07,{},[ ]],\"b\":"
    "{\"\\b\\\"\\/\":true},\"\":[false ,null,\"\xc3\xa9\xe2\x80\xa8"
    "\xf0\x9f\x98\x80\x7f\"]}";

/* The bytes of the value that TEXT begins with; 0: none is there. The copy has
   no byte to spare, so that a sanitizer sees overruns. */
static size_t
value_size(const char *text, size_t size)
{
	char *copy = malloc(size + !size);
	const char *end;
	size_t found;

	assert_non_null(copy);
	memcpy(copy, text, size);
	end = json_read_value(copy, copy + size, DEPTH);
	found = end ? (size_t)(end - copy) : 0;
	free(copy);
	return found;
}

static void
values_are_read_to_their_end(void **state)
{
	static const char *const values[] = {"{}", "[]", "\"\"", "0", "-0",
	    "123456789012345678901234567890", "0.1", "-1.5e+300", "1E-400",
	    "true", "false", "null", "[1,[2,{\"a\":[]}]]", "{\"a\":1,\"a\":2}",
	    "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\\ud800\"",
	    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""};
	static const char *const behind[] = {"", " ", ",", "]", "x"};
	char text[128];
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(values); i++)
		for (j = 0; j < COUNT(behind); j++) {
			snprintf(
			    text, sizeof text, "%s%s", values[i], behind[j]);
			print_message("%s\n", text);
			assert_int_equal(
			    value_size(text, strlen(text)), strlen(values[i]));
		}
}

static void
what_is_not_json_is_no_value(void **state)
{
	static const char *const others[] = {"", " 1", "-", "+1", ".5", "1.",
	    "1.e5", "1e", "1e+", "-x", "nul", "True", "'a'", "\"", "\"a",
	    "\"\n\"", "\"\\x\"", "\"\\u12g4\"", "\"\\", "\"\xc0\xaf\"",
	    "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\"", "[",
	    "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[}", "{", "}", "{]",
	    "{1:2}", "{\"a\"}", "{\"a\":}", "{\"a\" 1}", "{\"a\":1,}", "{,}",
	    "{\"a\":1 \"b\":2}", "/* */1"};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(others); i++) {
		print_message("%s\n", others[i]);
		assert_int_equal(value_size(others[i], strlen(others[i])), 0);
	}
	/* strchr finds a NUL in any string. */
	assert_int_equal(value_size("\"\\\0\"", 4), 0);
}

/* Valid, but beyond jansson: numbers out of its range, unpaired surrogates. */
static bool
is_beyond_jansson(const json_error_t *error)
{
	return json_error_code(error) == json_error_numeric_overflow ||
	       strstr(error->text, "invalid Unicode");
}

static void
agrees_with_jansson_about_a_changed_byte(void **state)
{
	const size_t flags =
	    JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL;
	char text[sizeof rich];
	json_error_t error;
	size_t at, size;
	json_t *tree;
	int byte;

	(void)state;
	assert_int_equal(value_size(rich, sizeof rich - 1), sizeof rich - 1);
	for (at = 1; at < sizeof rich - 1; at++)
		for (byte = 1; byte < 256; byte++) {
			memcpy(text, rich, sizeof rich);
			text[at] = (char)byte;
			size = value_size(text, sizeof rich - 1);
			tree = json_loadb(text, sizeof rich - 1, flags, &error);
			if (tree ? (size_t)error.position != size
				 : size > 0 && !is_beyond_jansson(&error))
				fail_msg("byte %zu is %d: %s", at, byte,
				    tree ? "" : error.text);
			json_decref(tree);
		}
}

static void
no_part_of_a_value_is_one(void **state)
{
	size_t size;

	(void)state;
	for (size = 0; size < sizeof rich - 1; size++)
		assert_int_equal(value_size(rich, size), 0);
}

static void
nesting_has_a_limit(void **state)
{
	char text[2 * DEPTH + 2];

	(void)state;
	memset(text, '[', DEPTH);
	memset(text + DEPTH, ']', DEPTH);
	assert_int_equal(value_size(text, (size_t)2 * DEPTH), 2 * DEPTH);
	memset(text, '[', DEPTH + 1);
	memset(text + DEPTH + 1, ']', DEPTH + 1);
	assert_int_equal(value_size(text, sizeof text), 0);
}

static void
strings_say_what_is_odd(void **state)
{
	static const struct {
		const char *text;
		bool is_odd;
	} strings[] = {{"a\"", false}, {"\\u0001\"", false},
	    {"\\ud83d\\ude00\"", false}, {"\\u0000\"", true},
	    {"\\ud83d\"", true}, {"\\ude00\\ud83d\"", true},
	    {"\\ud83d\\u0041\"", true}, {"\\\\u0000\"", false}};
	const char *text, *end;
	bool is_odd;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(strings); i++) {
		text = strings[i].text;
		end = text + strlen(text);
		is_odd = false;
		assert_ptr_equal(json_read_string(text, end, &is_odd), end);
		assert_int_equal(is_odd, strings[i].is_odd);
	}
}

static void
numbers_say_what_they_are(void **state)
{
	static const struct {
		const char *text;
		bool is_integer;
		size_t exponent;
	} numbers[] = {{"17", true, 0}, {"-0", true, 0}, {"1.5", false, 0},
	    {"1e5", false, 1}, {"1.5E-007", false, 3}};
	struct json_number number;
	const char *text, *end;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(numbers); i++) {
		text = numbers[i].text;
		end = text + strlen(text);
		assert_ptr_equal(json_read_number(text, end, &number), end);
		assert_int_equal(number.is_integer, numbers[i].is_integer);
		assert_int_equal(number.exponent, numbers[i].exponent);
	}
}

static void
members_are_taken_apart(void **state)
{
	static const char text[] = " \"a\" : [1, 2] ,\"b\":3}";
	const char *p = text, *end = text + sizeof text - 1;
	struct json_member member;

	(void)state;
	p = json_read_member(p, end, DEPTH, &member);
	assert_non_null(p);
	assert_ptr_equal(p, member.value_end);
	assert_int_equal(member.name_end - member.name, 3);
	assert_memory_equal(member.name, "\"a\"", 3);
	assert_int_equal(member.value_end - member.value, 6);
	assert_memory_equal(member.value, "[1, 2]", 6);
	assert_null(json_read_member(p, end, DEPTH, &member));
	p = json_skip_space(p, end);
	p = json_read_member(p + 1, end, DEPTH, &member);
	assert_ptr_equal(p, end - 1);
	assert_memory_equal(member.name, "\"b\":3", 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_are_read_to_their_end),
	    cmocka_unit_test(what_is_not_json_is_no_value),
	    cmocka_unit_test(agrees_with_jansson_about_a_changed_byte),
	    cmocka_unit_test(no_part_of_a_value_is_one),
	    cmocka_unit_test(nesting_has_a_limit),
	    cmocka_unit_test(strings_say_what_is_odd),
	    cmocka_unit_test(numbers_say_what_they_are),
	    cmocka_unit_test(members_are_taken_apart),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
