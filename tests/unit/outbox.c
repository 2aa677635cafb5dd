#include <string.h>

#include "outbox_played.h"

static void
without_memory_it_is_left(void **state)
{
	(void)state;
	begin(&webhook_form, 5, 1, 0, 200);
	refuses = true;
	assert_false(work());
	assert_int_equal(outbox.state, OUTBOX_FAILED);
	assert_false(outbox_wants(&outbox));
	assert_true(has_end());
	assert_false(is_delivered);
	assert_int_equal(post->attempts, 0);
	assert_int_equal(post->body.users, 1);
	outbox_close(&outbox);
}

/* It is settled: what was to be sent once more on purpose is not left. */
static void
a_stop_leaves_no_duplicate(void **state)
{
	(void)state;
	begin(&webhook_form, 5, 1, 1, 200);
	assert_true(work());
	assert_true(has_end());
	assert_true(is_delivered);
	assert_true(outbox_is_busy(&outbox));
	outbox_stop(&outbox);
	assert_int_equal(outbox_start(&outbox), -1);
	assert_false(has_end());
	assert_false(outbox_is_busy(&outbox));
	outbox_close(&outbox);
}

static void
what_was_delivered_is_sent_again_on_purpose(void **state)
{
	(void)state;
	begin(&webhook_form, 5, 1, 1, 200);
	assert_true(work());
	assert_false(post->again);
	/* Not before its end is known. */
	assert_false(work());
	assert_true(has_end());
	answer.status = 500;
	assert_true(work());
	assert_true(post->again);
	assert_false(has_end());
	assert_false(outbox_is_busy(&outbox));
	outbox_close(&outbox);
}

/* An answer that more attempts would only repeat; the next POST may be better.
 */
static void
what_is_refused_gets_no_retry(void **state)
{
	static const long refusals[] = {300, 301, 399, 400, 404, 424, 430, 499};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(refusals); i++) {
		begin(&webhook_form, 5, 1, 0, refusals[i]);
		assert_true(work());
		assert_true(has_end());
		assert_false(is_delivered);
		assert_int_equal(outbox.refused, 1);
		assert_int_equal(outbox.state, OUTBOX_OPEN);
		assert_true(outbox_wants(&outbox));
		outbox_close(&outbox);
	}
}

static void
an_unusable_endpoint_ends_all(void **state)
{
	(void)state;
	begin(&webhook_form, 5, 1, 0, 0);
	answer.is_lasting = true;
	assert_true(work());
	assert_true(has_end());
	assert_false(is_delivered);
	assert_int_equal(outbox.state, OUTBOX_UNUSABLE);
	assert_false(outbox_wants(&outbox));
	outbox_resume(&outbox);
	assert_int_equal(outbox.refused, 0);
	assert_true(outbox_wants(&outbox));
	outbox_close(&outbox);
}

/* One in flight is waited for, one that is filling is given up. */
static void
a_stop_gives_up_what_is_not_in_flight(void **state)
{
	struct client_answer got;

	(void)state;
	begin(&webhook_form, 5, 1, 0, 503);
	outbox_work(&outbox, 0, NULL, 0);
	assert_int_equal(outbox_put(&outbox, "{}", 2), 0);
	assert_false(outbox_could_send_part(&outbox));
	outbox_stop(&outbox);
	assert_false(outbox_wants(&outbox));
	assert_true(has_end());
	assert_int_equal(post->number, 2);
	assert_false(post->is_sealed || is_delivered);
	assert_true(outbox_is_busy(&outbox));
	assert_non_null(outbox_next_answer(&outbox, &got));
	assert_true(has_end());
	assert_int_equal(post->number, 1);
	assert_true(post->is_sealed);
	assert_int_equal(post->attempts, 1);
	outbox_resume(&outbox);
	assert_true(outbox_wants(&outbox));
	outbox_close(&outbox);
}

/* A part would start at once only when nothing waits to be sent before it. */
static void
a_part_waits_for_what_is_due(void **state)
{
	(void)state;
	begin(&webhook_form, 1, 1, 0, 503);
	assert_false(outbox_could_send_part(&outbox));
	assert_int_equal(outbox_put(&outbox, "{}", 2), 0);
	assert_false(outbox_could_send_part(&outbox));
	assert_true(work());
	assert_false(outbox_could_send_part(&outbox));
	time_ms += 1000;
	assert_true(work());
	assert_true(outbox_could_send_part(&outbox));
	outbox_close(&outbox);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_memory_it_is_left),
	    cmocka_unit_test(a_stop_leaves_no_duplicate),
	    cmocka_unit_test(what_was_delivered_is_sent_again_on_purpose),
	    cmocka_unit_test(what_is_refused_gets_no_retry),
	    cmocka_unit_test(an_unusable_endpoint_ends_all),
	    cmocka_unit_test(a_stop_gives_up_what_is_not_in_flight),
	    cmocka_unit_test(a_part_waits_for_what_is_due),
	};

	return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}
