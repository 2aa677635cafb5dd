#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "send/outbox.h"
#include "unit.h"

/*
 * Time and the endpoint are played: the linker puts these in the place of the
 * real calls (--wrap). There is one slot, and one answer for all attempts.
 */
static int64_t time_ms;
static bool refuses;
static void *in_flight; /* what client_post got, or NULL */
static struct client_answer answer;

int64_t __wrap_clock_ms(void);
bool __wrap_client_has_slot(const struct client *client);
int __wrap_client_post(struct client *client, void *context, const char *body,
    size_t size, enum client_fault fault);
void __wrap_client_work(
    struct client *client, int64_t ms, const int *fds, size_t count);
bool __wrap_client_next_answer(
    struct client *client, struct client_answer *got);

int64_t
__wrap_clock_ms(void)
{
	return time_ms;
}

bool
__wrap_client_has_slot(const struct client *client)
{
	(void)client;
	return !in_flight;
}

int
__wrap_client_post(struct client *client, void *context, const char *body,
    size_t size, enum client_fault fault)
{
	(void)client;
	(void)body;
	(void)size;
	(void)fault;
	assert_null(in_flight);
	if (refuses) {
		errno = ENOMEM;
		return -1;
	}
	in_flight = context;
	return 0;
}

void
__wrap_client_work(
    struct client *client, int64_t ms, const int *fds, size_t count)
{
	(void)client;
	(void)ms;
	(void)fds;
	(void)count;
}

bool
__wrap_client_next_answer(struct client *client, struct client_answer *got)
{
	(void)client;
	if (!in_flight)
		return false;
	*got = answer;
	got->context = in_flight;
	in_flight = NULL;
	return true;
}

static struct outbox outbox;
static struct outbox_options options;
static const struct post *post; /* that has ended, or an attempt of it */
static bool is_delivered;

/* An outbox with a POST that is due. */
static void
begin(uint64_t retries, uint64_t pause_s, double duplicate, long status)
{
	options = (struct outbox_options){.webhook = &webhook_form,
	    .batch = 2,
	    .parallel = 1,
	    .retries = retries,
	    .pause_s = pause_s,
	    .faults = {.duplicate = duplicate, .seed = 1}};
	answer = (struct client_answer){
	    .status = status, .why = "", .text = "", .location = ""};
	refuses = false;
	in_flight = NULL;
	time_ms = 1000;
	assert_int_equal(outbox_open(&outbox, &options, NULL), 0);
	assert_true(outbox_wants(&outbox));
	assert_int_equal(outbox_next_post(&outbox), 1);
	assert_int_equal(outbox_put(&outbox, "{}", 2), 0);
	assert_int_equal(outbox_seal(&outbox), 0);
	assert_int_equal(outbox_next_post(&outbox), 2);
}

/* Whether an attempt ends in a turn. */
static bool
work(void)
{
	struct client_answer got;

	outbox_work(&outbox, 0, NULL, 0);
	post = outbox_next_answer(&outbox, &got);
	if (post)
		assert_null(outbox_next_answer(&outbox, &got));
	return post != NULL;
}

static bool
has_end(void)
{
	post = outbox_next_end(&outbox, &is_delivered);
	return post != NULL;
}

/* Half of each pause is by chance. */
static void
pauses_double_up_to_a_minute(void **state)
{
	static const int64_t seconds[] = {9, 18, 36, 60, 60};
	int64_t pause;
	size_t i;

	(void)state;
	begin(COUNT(seconds), 9, 0, 503);
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

static void
without_memory_it_is_left(void **state)
{
	(void)state;
	begin(5, 1, 0, 200);
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
	begin(5, 1, 1, 200);
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
	begin(5, 1, 1, 200);
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
		begin(5, 1, 0, refusals[i]);
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
	begin(5, 1, 0, 0);
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
	begin(5, 1, 0, 503);
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
	begin(1, 1, 0, 503);
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
	    cmocka_unit_test(pauses_double_up_to_a_minute),
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
