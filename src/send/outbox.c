#include "send/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"

int
delivery_open(struct delivery *delivery, const struct delivery_options *options,
    struct client *client, struct tally *tally)
{
	*delivery = (struct delivery){
	    .options = options,
	    .client = client,
	    .tally = tally,
	    .post_count = (size_t)options->parallel * 2,
	    .posts = calloc(options->parallel * 2, sizeof *delivery->posts),
	    .in_slot = calloc(options->parallel, sizeof(struct post *)),
	    .allowed = 1,
	    .allowed_at = clock_ms(),
	};
	/* Senders that start at once must not come back at once. */
	delivery->jitter.state =
	    random_mix((uint64_t)getpid()) ^ (uint64_t)clock_ms();
	return delivery->posts && delivery->in_slot ? 0 : -1;
}

static struct post *
find(const struct delivery *delivery, enum post_state state)
{
	size_t i;

	for (i = 0; i < delivery->post_count; i++)
		if (delivery->posts[i].state == state)
			return &delivery->posts[i];
	return NULL;
}

struct post *
delivery_gather(struct delivery *delivery)
{
	struct post *post = find(delivery, POST_FREE);

	if (post) {
		body_clear(&post->body);
		post->state = POST_GATHERING;
	}
	return post;
}

void
delivery_add(struct delivery *delivery, struct post *post)
{
	post->number = ++delivery->added;
	post->attempts = 0;
	post->again = false;
	post->stale = 0;
	post->due = 0;
	post->state = POST_DUE;
}

/* Grows with time, but not over what one turn of work can start. */
static void
allow(struct delivery *delivery)
{
	const double rate = delivery->options->rate;
	const double most = rate / 50 < 1 ? 1 : rate / 50;
	int64_t now = clock_ms();

	delivery->allowed += rate * (double)(now - delivery->allowed_at) / 1000;
	if (rate == 0.0 || delivery->allowed > most)
		delivery->allowed = most;
	delivery->allowed_at = now;
}

static enum client_fault
draw_fault(const struct delivery *delivery, const struct post *post)
{
	const struct delivery_options *options = delivery->options;
	struct random random = {
	    random_mix(options->seed) ^
	    random_mix(post->number << 16 ^ post->attempts)};

	if (random_happens(&random, options->cut_bodies))
		return CLIENT_CUT_BODY;
	if (random_happens(&random, options->drop_answers))
		return CLIENT_DROP_ANSWER;
	return CLIENT_NO_FAULT;
}

static bool
draw_duplicate(const struct delivery *delivery, const struct post *post)
{
	struct random random = {
	    random_mix(delivery->options->seed + 1) ^ random_mix(post->number)};

	return random_happens(&random, delivery->options->duplicate);
}

static void
give_up(struct delivery *delivery, struct post *post)
{
	post->state = POST_GIVEN_UP;
	delivery->tally->given_up++;
	if (post->attempts == 0 || delivery->stopping ||
	    post->fault != CLIENT_NO_FAULT)
		return;
	if (++delivery->given_up_in_a_row >= DELIVERY_DOWN)
		delivery->stopping = delivery->down = true;
}

static void
deliver(struct delivery *delivery, struct post *post)
{
	post->state = POST_DELIVERED;
	post->again = draw_duplicate(delivery, post);
	delivery->given_up_in_a_row = 0;
	delivery->tally->posts++;
}

/* Unchanged when all slots are in use, or the rate does not allow it. */
static void
start(struct delivery *delivery, struct post *post)
{
	size_t slot = 0;

	while (slot < delivery->options->parallel && delivery->in_slot[slot])
		slot++;
	if (slot == delivery->options->parallel ||
	    (delivery->options->rate > 0 && delivery->allowed < 1))
		return;
	post->fault =
	    post->again ? CLIENT_NO_FAULT : draw_fault(delivery, post);
	if (client_post(delivery->client, slot, post->body.bytes,
		post->body.size, post->fault) < 0) {
		delivery->stopping = delivery->failed = true;
		give_up(delivery, post);
		return;
	}
	delivery->in_slot[slot] = post;
	post->state = POST_IN_FLIGHT;
	post->attempts++;
	delivery->allowed--;
	delivery->tally->attempts++;
	delivery->tally->bytes += post->body.size;
}

/* Of those that are due, the one that is to be started first; or NULL. */
static struct post *
next_due(const struct delivery *delivery)
{
	struct post *first = NULL;
	size_t i;

	for (i = 0; i < delivery->post_count; i++) {
		struct post *post = &delivery->posts[i];

		if (post->state == POST_DUE &&
		    (!first || post->due < first->due ||
			(post->due == first->due &&
			    post->number < first->number)))
			first = post;
	}
	return first;
}

static void
stop(struct delivery *delivery, struct post *post)
{
	if (post->again)
		post->state = POST_FREE;
	else
		give_up(delivery, post);
}

int
delivery_start(struct delivery *delivery)
{
	const double rate = delivery->options->rate;
	struct post *post;
	int64_t now = clock_ms();

	allow(delivery);
	while ((post = next_due(delivery)) && delivery->stopping)
		stop(delivery, post);
	while (post && post->due <= now && !delivery->stopping) {
		start(delivery, post);
		if (post->state == POST_DUE)
			break;
		post = next_due(delivery);
	}
	if (delivery_settled(delivery))
		return 0;
	if (!post)
		return -1;
	if (post->due > now)
		return (int)(post->due - now);
	/* It waits for a slot, which an answer frees, or for the rate. */
	return rate > 0 && delivery->allowed < 1
		   ? 1 + (int)((1 - delivery->allowed) * 1000 / rate)
		   : -1;
}

static int64_t
pause_ms(struct delivery *delivery, uint64_t attempts)
{
	uint64_t ms = delivery->options->pause_s * 1000;

	while (--attempts > 0 && ms < DELIVERY_MAX_PAUSE_MS)
		ms *= 2;
	if (ms > DELIVERY_MAX_PAUSE_MS)
		ms = DELIVERY_MAX_PAUSE_MS;
	return (int64_t)(ms / 2 + random_below(&delivery->jitter, ms / 2 + 1));
}

static void
note_answer(const struct delivery *delivery, struct post *post,
    const struct client_answer *answer)
{
	static const char *const purposes[] = {
	    [CLIENT_CUT_BODY] = "the body was cut off on purpose",
	    [CLIENT_DROP_ANSWER] = "the answer was dropped on purpose",
	};
	struct tally *tally = delivery->tally;
	const char *why = answer->why;

	if (answer->status > 0 && answer->status < TALLY_STATUSES) {
		tally->answers[answer->status]++;
		latency_add(&tally->latency, answer->us);
		snprintf(post->last, sizeof post->last, "%ld", answer->status);
	} else {
		tally->answers[0]++;
		tally->dropped += post->fault == CLIENT_DROP_ANSWER;
		tally->cut += post->fault == CLIENT_CUT_BODY;
		if (post->fault != CLIENT_NO_FAULT)
			why = purposes[post->fault];
		snprintf(post->last, sizeof post->last, "no answer, %s", why);
	}
	if (delivery->report)
		delivery->report(delivery->context, post, answer);
}

static void
settle(struct delivery *delivery, const struct client_answer *answer)
{
	struct post *post = delivery->in_slot[answer->slot];

	delivery->in_slot[answer->slot] = NULL;
	note_answer(delivery, post, answer);
	post->stale += answer->stale;
	if (post->again) {
		/* Whatever came of it, the POST had been delivered before. */
		delivery->tally->duplicates++;
		post->state = POST_FREE;
	} else if (answer->status == 200) {
		deliver(delivery, post);
	} else if (post->attempts - post->stale > delivery->options->retries &&
		   !answer->stale) {
		give_up(delivery, post);
	} else {
		/* A new connection has not failed yet. */
		post->due = answer->stale ? 0
					  : clock_ms() + pause_ms(delivery,
							     post->attempts);
		post->state = POST_DUE;
	}
}

void
delivery_work(struct delivery *delivery, int ms, int fd, const sigset_t *mask)
{
	struct client_answer answer;
	int due = delivery_start(delivery);

	if (due >= 0 && (ms < 0 || due < ms))
		ms = due;
	client_work(delivery->client, ms, fd, mask);
	while (client_next_answer(delivery->client, &answer))
		settle(delivery, &answer);
}

struct post *
delivery_settled(struct delivery *delivery)
{
	struct post *post = find(delivery, POST_DELIVERED);

	return post ? post : find(delivery, POST_GIVEN_UP);
}

void
delivery_free_post(struct post *post)
{
	const bool again = post->state == POST_DELIVERED && post->again;

	post->due = 0;
	post->state = again ? POST_DUE : POST_FREE;
}

bool
delivery_is_busy(const struct delivery *delivery)
{
	return find(delivery, POST_DUE) || find(delivery, POST_IN_FLIGHT);
}

size_t
delivery_index(const struct delivery *delivery, const struct post *post)
{
	return (size_t)(post - delivery->posts);
}

void
delivery_close(struct delivery *delivery)
{
	size_t i;

	for (i = 0; delivery->posts && i < delivery->post_count; i++)
		body_free(&delivery->posts[i].body);
	free(delivery->posts);
	free(delivery->in_slot);
	delivery->posts = NULL;
	delivery->in_slot = NULL;
}
