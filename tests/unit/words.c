#include "status/words.h"

#include "status/advice.h"

#include "unit.h"

#define NOW INT64_C(1795888501000) /* 2026-11-28 17:55:01 */
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static void
test_words(void **state)
{
	static const struct {
		int64_t age;
		const char *words;
	} cases[] = {
	    {-2 * MINUTE, "in the future"},
	    {-SECOND, "just now"},
	    {4 * SECOND, "just now"},
	    {5 * SECOND, "5 seconds ago"},
	    {60 * SECOND, "1 minute ago"},
	    {59 * MINUTE, "59 minutes ago"},
	    {HOUR, "1 hour ago"},
	    {47 * HOUR, "47 hours ago"},
	    {48 * HOUR, "2 days ago"},
	    {400 * DAY, "400 days ago"},
	};
	char words[WORDS_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_string_equal(
		    words_ago(NOW - cases[i].age, NOW, words), cases[i].words);
	assert_string_equal(words_ago(0, NOW, words), "never");
	assert_string_equal(words_number(0, words), "0");
	assert_string_equal(words_number(999, words), "999");
	assert_string_equal(
	    words_number(UINT64_MAX, words), "18,446,744,073,709,551,615");
	assert_string_equal(words_count(1, "batch", words), "1 batch");
	assert_string_equal(words_count(2, "batch", words), "2 batches");
}

static void
test_advice(void **state)
{
	(void)state;
	assert_string_equal(advice_find(401, "wrong secret")->means,
	    "It came with a wrong secret");
	assert_string_equal(
	    advice_find(503, "the body is over 9 bytes (MIXSPOOL_MAX_BODY)")
		->means,
	    "It was larger than the limit for a body");
	assert_string_equal(
	    advice_find(400, "")->means, "It was not what Mixpanel sends");
	assert_string_equal(advice_find(418, "tea")->means, "It was refused");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_advice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
