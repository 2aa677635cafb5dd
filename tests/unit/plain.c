#include "users/plain.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge.h"
#include "unit.h"
#include "versions.h"

#define ID "\"$distinct_id\":\"a\""
#define PROPERTIES "\"$properties\":{}"
#define WITH(value) "{" ID ",\"$properties\":{\"x\":" value "}}"

/* Everything that a plain user can have. */
static const char rich[] =
    "{ \"$distinct_id\" : \"1\\u00e9\\ud83d\\ude00\",\t\"$properties\":{"
    "\"\":[],\"long name \xd0\x98\":[-0, 1.50,{\"a\":{}},[true,false,null]]\n,"
    "\"b\":\"\\b\"},\"x\":\"\\\"\\/\xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\x80\x7f\"}";

/* The size of the user that TEXT begins with, 0 when it is not plain. */
static size_t
plain_size(const char *text, size_t size)
{
	struct user_values values;
	char *copy = edge_copy(text, size), *end;
	struct marks marks;

	marks_open(&marks, copy, copy + size);
	end = plain_user(copy, &marks, &user_rule_form, &values);
	return end ? (size_t)(end - copy) : 0;
}

static bool
jansson_accepts(const char *text, size_t size)
{
	json_t *tree = json_loadb(text, size, 0, NULL);
	const json_t *id = json_object_get(tree, "$distinct_id");
	const json_t *properties = json_object_get(tree, "$properties");
	bool accepts = (json_is_object(properties) ||
			   (json_is_array(properties) &&
			       json_array_size(properties) == 0)) &&
		       (json_is_integer(id) || json_string_length(id) > 0);

	json_decref(tree);
	return accepts;
}

static void
ordinary_users_are_plain(void **state)
{
	static const char *const plain[] = {
	    "{" ID "," PROPERTIES "}",
	    "{\n" PROPERTIES " ,\r\n\"$distinct_id\":\t-17\n}",
	    WITH("123456789012345678"),
	    WITH("-12345678901234567"),
	    WITH("-122.41941550000001"),
	    WITH("-1.2345678901234567e-05"),
	    WITH("1e99"),
	    WITH("-0.5E-12"),
	    WITH("1e+7"),
	    WITH("\"12345678\""),
	    WITH("\"\\ud83d\\ude00 \xf0\x9f\x98\x80 \\n\""),
	    WITH("[[],{},[{\"x\":[1,true,false,null]}]]"),
	    "{" ID ",\"$properties\":{\"a\":{\"b\":1},\"b\":{\"a\":2}}}",
	    "{" ID ",\"$properties\":{\"\\u0061\":1,\"a\":2}}",
	    "{" ID
	    ",\"$properties\":{\"a\":1,\"a\":2,\"b\":{\"c\":1,\"c\":1}}}",
	    "{" ID ",\"$properties\":[]}",
	    "{\"$properties\": [\n] ," ID "}",
	};
	size_t i, size;

	(void)state;
	for (i = 0; i < COUNT(plain); i++) {
		print_message("%s\n", plain[i]);
		size = strlen(plain[i]);
		assert_true(jansson_accepts(plain[i], size));
		assert_int_equal(plain_size(plain[i], size), size);
	}
}

/* Valid or not, these are left to jansson. */
static void
doubtful_users_are_not_plain(void **state)
{
	static const char *const doubtful[] = {
	    WITH("1234567890123456789"),
	    WITH("1e100"),
	    WITH("1e-400"),
	    WITH("\"\\u0000\""),
	    WITH("\"\\ud800\""),
	    WITH("\"\\udc00\\ud800\""),
	    "{" ID "," PROPERTIES ",\"\\u0061\":1}",
	    "{" ID "," PROPERTIES "," PROPERTIES "}",
	    "{\"$distinct_id\":\"\"," PROPERTIES "}",
	    "{\"$distinct_id\":1.0," PROPERTIES "}",
	    "{\"$distinct_id\":1e2," PROPERTIES "}",
	    "{\"$distinct_id\":null," PROPERTIES "}",
	    "{" ID "," PROPERTIES "," ID "}",
	    "{" ID "," PROPERTIES ",\"a\":1,\"a\":1}",
	    "{" ID ",\"$properties\":[[]]}",
	    "{\"x\":{" ID "}," PROPERTIES "}",
	    "{" PROPERTIES "}",
	    "{" ID "}",
	    "{}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(doubtful); i++) {
		print_message("%s\n", doubtful[i]);
		assert_int_equal(
		    plain_size(doubtful[i], strlen(doubtful[i])), 0);
	}
}

/* jansson accepts whatever plain_user accepts, and the same bytes of it. */
static void
is_never_wrong_about_a_changed_byte(void **state)
{
	char text[sizeof rich];
	size_t at, size, accepted = 0;
	int byte;

	(void)state;
	assert_int_equal(plain_size(rich, sizeof rich - 1), sizeof rich - 1);
	for (at = 1; at < sizeof rich - 1; at++)
		for (byte = 0; byte < 256; byte++) {
			memcpy(text, rich, sizeof rich);
			text[at] = (char)byte;
			size = plain_size(text, sizeof rich - 1);
			if (size == 0)
				continue;
			accepted++;
			if (!jansson_accepts(text, size))
				fail_msg("byte %zu is %d", at, byte);
		}
	print_message("%zu are plain\n", accepted);
	assert_true(accepted > sizeof rich);
}

static void
is_never_wrong_about_a_part(void **state)
{
	size_t from, to;

	(void)state;
	for (to = 1; to < sizeof rich - 1; to++)
		assert_int_equal(plain_size(rich, to), 0);
	for (from = 1; from < sizeof rich - 1; from++) {
		size_t size = plain_size(rich + from, sizeof rich - 1 - from);

		if (size > 0)
			assert_true(jansson_accepts(rich + from, size));
	}
}

static size_t
nested_lists(char *text, size_t lists)
{
	char *p = text + sprintf(text, "{" ID ",\"$properties\":{\"x\":");

	memset(p, '[', lists);
	memset(p + lists, ']', lists);
	return (size_t)(p - text) + 2 * lists +
	       (size_t)sprintf(p + 2 * lists, "}}");
}

static void
limits_nesting(void **state)
{
	char text[1024];
	size_t size;

	(void)state;
	size = nested_lists(text, PLAIN_DEPTH - 2);
	assert_int_equal(plain_size(text, size), size);
	size = nested_lists(text, PLAIN_DEPTH - 1);
	assert_int_equal(plain_size(text, size), 0);
}

/* A bracket that ends the text closes what is open, or does not. */
static void
is_never_wrong_about_a_part_and_a_bracket(void **state)
{
	static const char *const ends[] = {"}", "]", "} ", "]\n", "\"}", "\\]"};
	char text[sizeof rich + 3];
	size_t size, i, found, accepted = 0;

	(void)state;
	for (size = 1; size < sizeof rich; size++)
		for (i = 0; i < COUNT(ends); i++) {
			snprintf(text, sizeof text, "%.*s%s", (int)size, rich,
			    ends[i]);
			found = plain_size(text, strlen(text));
			accepted += found > 0;
			if (found > 0 && !jansson_accepts(text, found))
				fail_msg("%s", text);
		}
	/* The whole text, and what is left of it without its last bracket. */
	assert_true(accepted >= COUNT(ends) + 1);
}

/* A user with COUNT members, its own two among them. */
static size_t
members(char *text, unsigned count)
{
	char *p = text + sprintf(text, "{" ID "," PROPERTIES);
	unsigned i;

	for (i = 2; i < count; i++)
		p += sprintf(p, ",\"%u\":{\"0\":1,\"1\":1}", i);
	return (size_t)(p + sprintf(p, "}") - text);
}

static void
limits_the_number_of_names(void **state)
{
	static char text[16384];
	size_t size;

	(void)state;
	size = members(text, PLAIN_NAMES);
	assert_int_equal(plain_size(text, size), size);
	size = members(text, PLAIN_NAMES + 1);
	assert_int_equal(plain_size(text, size), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ordinary_users_are_plain),
	    cmocka_unit_test(doubtful_users_are_not_plain),
	    cmocka_unit_test(is_never_wrong_about_a_changed_byte),
	    cmocka_unit_test(is_never_wrong_about_a_part),
	    cmocka_unit_test(is_never_wrong_about_a_part_and_a_bracket),
	    cmocka_unit_test(limits_nesting),
	    cmocka_unit_test(limits_the_number_of_names),
	};

	return RUN_WITH_EACH_VERSION("plain", tests, NULL);
}
