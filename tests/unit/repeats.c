#include <string.h>

#include "send/repeats.h"
#include "send/webhook.h"

#include "unit.h"

static bool
repeats(const char *text, const char *user)
{
	struct body body = {0};
	bool is_repeated;

	body_begin(&body, &webhook_form.frame);
	assert_int_equal(body_add(&body, user, strlen(user)), 0);
	assert_int_equal(body_end(&body), 0);
	is_repeated = repeats_user(text, strlen(text), &body);
	body_free(&body);
	return is_repeated;
}

static void
words_are_compared_as_json_means_them(void **state)
{
	(void)state;
	assert_true(repeats("no anna here", "{\"a\":\"x Anna\"}"));
	assert_true(repeats("anna", "{\"a\":\"x \\u0041\\u006eNA\\n\"}"));
	assert_true(repeats("J\xc3\xb6rg", "{\"a\":\"J\\u00f6rg\"}"));
	assert_true(repeats("\xf0\x9d\x84\x9e", "{\"a\":\"\\ud834\\udd1e\"}"));
	assert_true(repeats("abc", "{\"a\":\"\\ud834 abc\"}"));
	assert_true(repeats("abc", "{\"a\":\"\\ud834\\nabc\"}"));
	assert_true(repeats("tab", "{\"a\":\"\\ttab\\\"\"}"));
	assert_false(repeats("ann is not", "{\"a\":\"anna joann\"} x"));
	assert_false(repeats("annabel", "{\"a\":\"anna\"}"));
	assert_false(repeats("", "{\"a\":\"anna\"}"));
}

/* Every escape may be cut off at the body's end. */
static void
a_body_may_end_anywhere(void **state)
{
	static char bytes[] = "%5Cud834%5Cudd1e%5Cu00e9%5Cn%C3%A9";
	struct body body = {.frame = &webhook_form.frame, .bytes = bytes};

	(void)state;
	for (; body.size < strlen(bytes); body.size++)
		assert_false(repeats_user("nothing", 7, &body));
}

static void
common_words_do_not_count(void **state)
{
	static const char user[] = "{\"$distinct_id\":\"not found\",\"n\":4711,"
				   "\"$properties\":{\"account\":47110}}";

	(void)state;
	assert_false(repeats("users[4711]: no $distinct_id is found", user));
	assert_true(repeats("account", user));
	assert_true(repeats("47110", user));
}

static void
a_word_that_is_cut_counts(void **state)
{
	char text[REPEATS_MAX * 2];

	(void)state;
	assert_true(repeats("mail for ann", "{\"a\":\"anna\"}"));
	memset(text, 'a', sizeof text);
	text[sizeof text - 1] = '\0';
	assert_false(repeats(text, "{\"a\":\"anna\"}"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_are_compared_as_json_means_them),
	    cmocka_unit_test(a_body_may_end_anywhere),
	    cmocka_unit_test(common_words_do_not_count),
	    cmocka_unit_test(a_word_that_is_cut_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
