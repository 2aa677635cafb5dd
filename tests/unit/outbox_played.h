/* outbox_played.h: an outbox whose time and endpoint are played. Included once
   by a program. */
#include <errno.h>

#include "base/clock.h"
#include "send/outbox.h"
#include "send/webhook.h"
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
begin(const struct webhook *webhook, uint64_t retries, uint64_t pause_s,
    double duplicate, long status)
{
	options = (struct outbox_options){.webhook = webhook,
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
