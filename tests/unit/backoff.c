#include "drain/backoff.h"
#include "base/clock.h"
#include "unit.h"

/* The tests set the time: the linker replaces clock_ms by this (--wrap). */
static int64_t time_ms;
int64_t __wrap_clock_ms(void);

int64_t
__wrap_clock_ms(void)
{
	return time_ms;
}

static void
doubles_up_to_a_minute(void **state)
{
	static const int64_t seconds[] = {1, 2, 4, 8, 16, 32, 60, 60};
	struct backoff backoff = {.longest = BACKOFF_LONGEST};
	size_t i;

	(void)state;
	time_ms = 1000;
	assert_int_equal(backoff_ms(&backoff), -1);
	for (i = 0; i < COUNT(seconds); i++) {
		backoff_note(&backoff, 0, "a", false);
		assert_int_equal(backoff_ms(&backoff), seconds[i] * 1000);
		assert_false(backoff_is_due(&backoff, 0, "a"));
		time_ms += seconds[i] * 1000;
		assert_true(backoff_is_due(&backoff, 0, "a"));
	}
	backoff_note(&backoff, 0, "a", true);
	assert_int_equal(backoff_ms(&backoff), -1);
	backoff_free(&backoff);
}

static void
doubles_up_to_the_longest(void **state)
{
	static const int64_t seconds[] = {1, 2, 4, 5, 5};
	struct backoff backoff = {.longest = 5};
	size_t i;

	(void)state;
	time_ms = 1000;
	for (i = 0; i < COUNT(seconds); i++) {
		backoff_note(&backoff, 0, "a", false);
		assert_int_equal(backoff_ms(&backoff), seconds[i] * 1000);
	}
	backoff_free(&backoff);
}

static void
keeps_campaigns_apart(void **state)
{
	struct backoff backoff = {.longest = BACKOFF_LONGEST};

	(void)state;
	time_ms = 1000;
	backoff_note(&backoff, 0, "a", false);
	assert_true(backoff_is_due(&backoff, 0, "b"));
	assert_true(backoff_is_due(&backoff, 1, "a"));
	assert_true(backoff_is_due(&backoff, 0, ""));
	backoff_note(&backoff, 0, "b", true);
	assert_false(backoff_is_due(&backoff, 0, "a"));
	backoff_free(&backoff);
}

/* Otherwise a follower would look for it without any pause. */
static void
forgets_a_campaign_that_is_gone(void **state)
{
	struct backoff backoff = {.longest = BACKOFF_LONGEST};

	(void)state;
	time_ms = 1000;
	backoff_note(&backoff, 0, "a", false);
	time_ms = 1500;
	backoff_note(&backoff, 0, "b", false);
	/* A round began when the first was due; it was not found. */
	time_ms = 2600;
	backoff_forget_gone(&backoff, 2000);
	/* The second became due in that round: it counts. */
	assert_int_equal(backoff_ms(&backoff), 0);
	backoff_forget_gone(&backoff, 2600);
	assert_int_equal(backoff_ms(&backoff), -1);
	backoff_free(&backoff);
}

static void
is_not_due_again_for_good(void **state)
{
	struct backoff backoff = {.for_good = true};

	(void)state;
	time_ms = 1000;
	backoff_note(&backoff, 0, "a", false);
	/* Nor is it waited for: that time does not fit an int. */
	assert_int_equal(backoff_ms(&backoff), -1);
	time_ms = INT64_MAX / 2;
	assert_false(backoff_is_due(&backoff, 0, "a"));
	backoff_free(&backoff);
}

static void
remembers_an_unreadable_batch_until_the_next_note(void **state)
{
	struct backoff backoff = {.for_good = true};
	batch_name name;

	(void)state;
	time_ms = 1000;
	backoff_unreadable(&backoff, 0, "a", name);
	assert_string_equal(name, "");
	backoff_note_unreadable(&backoff, 0, "a", "one.jsonl");
	backoff_note_unreadable(&backoff, 0, "a", "two.jsonl");
	backoff_unreadable(&backoff, 0, "a", name);
	assert_string_equal(name, "two.jsonl");
	backoff_unreadable(&backoff, 0, "b", name);
	assert_string_equal(name, "");
	assert_true(backoff_is_due(&backoff, 0, "a"));
	backoff_note(&backoff, 0, "a", false);
	backoff_unreadable(&backoff, 0, "a", name);
	assert_string_equal(name, "");
	assert_false(backoff_is_due(&backoff, 0, "a"));
	backoff_free(&backoff);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(doubles_up_to_a_minute),
	    cmocka_unit_test(doubles_up_to_the_longest),
	    cmocka_unit_test(keeps_campaigns_apart),
	    cmocka_unit_test(forgets_a_campaign_that_is_gone),
	    cmocka_unit_test(is_not_due_again_for_good),
	    cmocka_unit_test(remembers_an_unreadable_batch_until_the_next_note),
	};

	return cmocka_run_group_tests_name("backoff", tests, NULL, NULL);
}
