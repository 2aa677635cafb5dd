/* When an outbox makes its attempts. */
#include "outbox_played.h"

/* Half of each pause is by chance. */
static void
pauses_double_up_to_a_minute(void **state)
{
	static const int64_t seconds[] = {9, 18, 36, 60, 60};
	int64_t pause;
	size_t i;

	(void)state;
	begin(&webhook_form, COUNT(seconds), 9, 0, 503);
	for (i = 0; i < COUNT(seconds); i++) {
		assert_true(work());
		assert_int_equal(post->attempts, i + 1);
		assert_string_equal(post->outcome, "503");
		assert_false(has_end());
		pause = outbox_start(&outbox);
		assert_true(pause >= seconds[i] * 500);
		assert_true(pause <= seconds[i] * 1000);
		time_ms += pause - 1;
		assert_false(work());
		time_ms += 1;
	}
	assert_true(work());
	assert_true(has_end());
	assert_false(is_delivered);
	assert_int_equal(post->attempts, COUNT(seconds) + 1);
	outbox_close(&outbox);
}

/* The next attempt, which is made, is due in so many ms. */
static int64_t
next_pause(void)
{
	int64_t pause;

	assert_true(work());
	assert_false(has_end());
	pause = outbox_start(&outbox);
	time_ms += pause;
	return pause;
}

/* Mixpanel waits as long as a 429 asks it to, up to 10 s, between the events of
   a stream, and does not between the pages of a cohort. */
static void
a_stream_waits_as_long_as_it_is_asked_to(void **state)
{
	static const struct {
		long status;
		uint64_t asked_s;
		int64_t from_ms, to_ms;
	} cases[] = {{429, 3, 3000, 3000}, {429, 10, 10000, 10000},
	    {429, 11, 10000, 10000}, {429, 86400, 10000, 10000},
	    {429, 0, 500, 1000}, {503, 3, 500, 1000}};
	int64_t pause;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		begin(&webhook_stream, 1, 1, 0, cases[i].status);
		answer.asked_s = cases[i].asked_s;
		pause = next_pause();
		assert_true(pause >= cases[i].from_ms);
		assert_true(pause <= cases[i].to_ms);
		outbox_close(&outbox);
	}
	begin(&webhook_cohort, 1, 1, 0, 429);
	answer.asked_s = 3;
	assert_true(next_pause() <= 1000);
	outbox_close(&outbox);
}

/* However many attempts are left. */
static void
a_page_gets_no_retry_after_a_minute(void **state)
{
	(void)state;
	begin(&webhook_cohort, 1000, 1, 0, 503);
	assert_true(work());
	while (!has_end()) {
		time_ms += outbox_start(&outbox);
		assert_true(time_ms - 1000 <= 60000);
		assert_true(work());
	}
	assert_false(is_delivered);
	/* After pauses of 31 s at most, and of 30 s or more. */
	assert_in_range(post->attempts, 6, 7);
	outbox_close(&outbox);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pauses_double_up_to_a_minute),
	    cmocka_unit_test(a_stream_waits_as_long_as_it_is_asked_to),
	    cmocka_unit_test(a_page_gets_no_retry_after_a_minute),
	};

	return cmocka_run_group_tests_name("outbox_when", tests, NULL, NULL);
}
