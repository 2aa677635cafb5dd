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
static bool in_flight, refuses;
static struct client_answer answer;

int64_t __wrap_clock_ms(void);
int __wrap_client_post(struct client *client, size_t slot, const char *body,
    size_t size, enum client_fault fault);
void __wrap_client_work(
    struct client *client, int ms, int fd, const sigset_t *mask);
bool __wrap_client_next_answer(
    struct client *client, struct client_answer *got);

int64_t
__wrap_clock_ms(void)
{
	return time_ms;
}

int
__wrap_client_post(struct client *client, size_t slot, const char *body,
    size_t size, enum client_fault fault)
{
	(void)client;
	(void)body;
	(void)size;
	(void)fault;
	assert_int_equal(slot, 0);
	assert_false(in_flight);
	if (refuses) {
		errno = ENOMEM;
		return -1;
	}
	in_flight = true;
	return 0;
}

void
__wrap_client_work(struct client *client, int ms, int fd, const sigset_t *mask)
{
	(void)client;
	(void)ms;
	(void)fd;
	(void)mask;
}

bool
__wrap_client_next_answer(struct client *client, struct client_answer *got)
{
	bool answered = in_flight;

	(void)client;
	in_flight = false;
	*got = answer;
	return answered;
}

static struct delivery delivery;
static struct delivery_options options;
static struct tally tally;

static struct post *
begin(uint64_t retries, uint64_t pause_s, double duplicate, long status)
{
	struct post *post;

	options = (struct delivery_options){.parallel = 1,
	    .retries = retries,
	    .pause_s = pause_s,
	    .duplicate = duplicate,
	    .seed = 1};
	tally = (struct tally){0};
	answer =
	    (struct client_answer){.status = status, .why = "", .text = ""};
	refuses = in_flight = false;
	time_ms = 1000;
	assert_int_equal(delivery_open(&delivery, &options, NULL, &tally), 0);
	post = delivery_gather(&delivery);
	assert_non_null(post);
	assert_int_equal(body_add(&post->body, "{}", 2), 0);
	assert_int_equal(body_end(&post->body), 0);
	delivery_add(&delivery, post);
	return post;
}

/* Half of each pause is by chance. */
static void
pauses_double_up_to_a_minute(void **state)
{
	static const int64_t seconds[] = {9, 18, 36, 60, 60};
	const struct post *post = begin(COUNT(seconds), 9, 0, 503);
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(seconds); i++) {
		delivery_work(&delivery, 0, -1, NULL);
		assert_int_equal(post->attempts, i + 1);
		assert_int_equal(post->state, POST_DUE);
		assert_true(post->due - time_ms >= seconds[i] * 500);
		assert_true(post->due - time_ms <= seconds[i] * 1000);
		assert_int_equal(
		    delivery_start(&delivery), post->due - time_ms);
		time_ms = post->due;
	}
	delivery_work(&delivery, 0, -1, NULL);
	assert_int_equal(post->state, POST_GIVEN_UP);
	assert_int_equal(tally.attempts, COUNT(seconds) + 1);
	delivery_close(&delivery);
}

static void
without_memory_it_is_left(void **state)
{
	const struct post *post = begin(5, 1, 0, 200);

	(void)state;
	refuses = true;
	delivery_work(&delivery, 0, -1, NULL);
	assert_int_equal(post->state, POST_GIVEN_UP);
	assert_true(delivery.failed && delivery.stopping);
	assert_ptr_equal(delivery_settled(&delivery), post);
	assert_int_equal(tally.attempts, 0);
	delivery_close(&delivery);
}

/* It is settled: what was to be sent once more on purpose is not left. */
static void
a_stop_leaves_no_duplicate(void **state)
{
	struct post *post = begin(5, 1, 1, 200);

	(void)state;
	delivery_work(&delivery, 0, -1, NULL);
	assert_int_equal(post->state, POST_DELIVERED);
	delivery_free_post(post);
	assert_int_equal(post->state, POST_DUE);
	delivery.stopping = true;
	assert_int_equal(delivery_start(&delivery), -1);
	assert_int_equal(post->state, POST_FREE);
	assert_null(delivery_settled(&delivery));
	assert_false(delivery_is_busy(&delivery));
	assert_int_equal(tally.given_up, 0);
	delivery_close(&delivery);
}

static void
what_was_delivered_is_sent_again_on_purpose(void **state)
{
	struct post *post = begin(5, 1, 1, 200);

	(void)state;
	delivery_work(&delivery, 0, -1, NULL);
	delivery_free_post(post);
	answer.status = 500;
	delivery_work(&delivery, 0, -1, NULL);
	assert_int_equal(post->state, POST_FREE);
	assert_int_equal(tally.duplicates, 1);
	assert_int_equal(tally.given_up, 0);
	delivery_close(&delivery);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pauses_double_up_to_a_minute),
	    cmocka_unit_test(without_memory_it_is_left),
	    cmocka_unit_test(a_stop_leaves_no_duplicate),
	    cmocka_unit_test(what_was_delivered_is_sent_again_on_purpose),
	};

	return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}
