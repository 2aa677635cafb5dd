#include "cgi/ahead.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* Judges a copy that has no byte to spare: a sanitizer sees overruns. */
static enum ahead
judge(const unsigned char *bytes, size_t size)
{
	unsigned char *copy = malloc(size + !size);
	enum ahead ahead;

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	ahead = ahead_judge(copy, size);
	free(copy);
	return ahead;
}

#define BEGIN 1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0
#define PAIR 1, 4, 0, 1, 0, 4, 2, 0, 1, 1, 'n', 'v', 0, 0
#define END 1, 4, 0, 1, 0, 0, 0, 0

static void
is_done_at_the_end_of_the_variables(void **state)
{
	static const unsigned char whole[] = {BEGIN, PAIR, PAIR, END};
	static const unsigned char other[] = {
	    BEGIN, PAIR, 1, 4, 0, 2, 0, 0, 0, 0, END};
	static const unsigned char refused[] = {
	    BEGIN, PAIR, 1, 5, 0, 1, 0, 9, 0, 0};
	size_t size;

	(void)state;
	for (size = 0; size < sizeof whole; size++)
		assert_int_equal(judge(whole, size), AHEAD_MORE);
	assert_int_equal(judge(whole, sizeof whole), AHEAD_DONE);
	for (size = 0; size < sizeof other; size++)
		assert_int_equal(judge(other, size), AHEAD_MORE);
	assert_int_equal(judge(other, sizeof other), AHEAD_DONE);
	/* Neither a variable nor their end: libfcgi refuses it. */
	assert_int_equal(judge(refused, sizeof refused), AHEAD_DONE);
}

static void
finds_questions_before_a_request(void **state)
{
	static const unsigned char question[] = {
	    1, 9, 0, 0, 0, 3, 0, 0, 1, 0, 'X', BEGIN, END};

	(void)state;
	assert_int_equal(judge(question, 10), AHEAD_MORE);
	assert_int_equal(judge(question, 11), AHEAD_QUESTION);
	assert_int_equal(judge(question, sizeof question), AHEAD_QUESTION);
}

/* Libfcgi would wait for what is behind it, without a limit of time. */
static void
refuses_a_second_beginning(void **state)
{
	static const unsigned char twice[] = {BEGIN, BEGIN};
	static const unsigned char behind_params[] = {BEGIN, PAIR, BEGIN};

	(void)state;
	assert_int_equal(judge(twice, sizeof twice), AHEAD_BAD);
	assert_int_equal(judge(behind_params, sizeof behind_params), AHEAD_BAD);
}

static void
refuses_padding_that_libfcgi_does_not_skip(void **state)
{
	static const unsigned char empty[] = {BEGIN, 1, 4, 0, 7, 0, 0, 1, 0};
	static const unsigned char begin[] = {1, 1, 0, 1, 0, 8, 8, 0};
	static const unsigned char question[] = {1, 9, 0, 0, 0, 8, 8, 0};

	(void)state;
	assert_int_equal(judge(empty, sizeof empty), AHEAD_BAD);
	assert_int_equal(judge(begin, sizeof begin), AHEAD_BAD);
	assert_int_equal(judge(question, sizeof question), AHEAD_BAD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_done_at_the_end_of_the_variables),
	    cmocka_unit_test(finds_questions_before_a_request),
	    cmocka_unit_test(refuses_a_second_beginning),
	    cmocka_unit_test(refuses_padding_that_libfcgi_does_not_skip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
