#include "send/outbox.h"

#include <stdlib.h>

#include "base/clock.h"

int
outbox_open(struct outbox *outbox, const struct outbox_options *options,
    struct client *client)
{
	*outbox = (struct outbox){
	    .options = options,
	    .client = client,
	    .count = (size_t)options->parallel * 2,
	    .posts =
		calloc((size_t)options->parallel * 2, sizeof *outbox->posts),
	};
	pace_start(&outbox->pace, options->rate, options->pause_s);
	return outbox->posts ? 0 : -1;
}

static struct post *
find_post(const struct outbox *outbox, enum post_state state)
{
	size_t i;

	for (i = 0; i < outbox->count; i++)
		if (outbox->posts[i].state == state)
			return &outbox->posts[i];
	return NULL;
}

bool
outbox_wants(const struct outbox *outbox)
{
	return outbox->state == OUTBOX_OPEN &&
	       (outbox->filling || find_post(outbox, POST_FREE));
}

uint64_t
outbox_next_post(const struct outbox *outbox)
{
	return outbox->filling ? outbox->filling->number : outbox->opened + 1;
}

struct post *
outbox_begin(struct outbox *outbox)
{
	outbox->filling = find_post(outbox, POST_FREE);
	post_open(outbox->filling, ++outbox->opened, outbox->options->webhook);
	return outbox->filling;
}

int
outbox_put(struct outbox *outbox, const char *user, size_t size)
{
	struct post *post =
	    outbox->filling ? outbox->filling : outbox_begin(outbox);

	if (body_add(&post->body, user, size) < 0)
		return -1;
	if (post->body.users < outbox->options->batch)
		return 0;
	return outbox_seal(outbox);
}

bool
outbox_could_send_part(const struct outbox *outbox)
{
	return outbox->filling && outbox->filling->body.users > 0 &&
	       !find_post(outbox, POST_DUE) && client_has_slot(outbox->client);
}

int
outbox_seal(struct outbox *outbox)
{
	struct post *post = outbox->filling;

	if (!post)
		return 0;
	if (body_end(&post->body) < 0)
		return -1;
	post->is_sealed = true;
	post->state = POST_DUE;
	outbox->filling = NULL;
	return 0;
}

/* A duplicate on purpose is not given up: its users were delivered. */
static void
drop(struct post *post)
{
	if (post->again || (post->body.users == 0 && !post->is_sealed))
		post->state = POST_FREE;
	else
		post->state = POST_GIVEN_UP;
}

static void
halt(struct outbox *outbox, enum outbox_state state)
{
	struct post *post;
	size_t i;

	for (i = 0; i < outbox->count; i++) {
		post = &outbox->posts[i];
		if (post->state == POST_DUE || post->state == POST_FILLING)
			drop(post);
	}
	outbox->filling = NULL;
	if (outbox->state == OUTBOX_OPEN)
		outbox->state = state;
}

void
outbox_stop(struct outbox *outbox)
{
	halt(outbox, OUTBOX_STOPPED);
}

void
outbox_resume(struct outbox *outbox)
{
	if (outbox->state != OUTBOX_FAILED)
		outbox->state = OUTBOX_OPEN;
	outbox->given_up_in_a_row = outbox->refused = 0;
}

/* The POST to start first, or NULL. */
static struct post *
next_due(const struct outbox *outbox)
{
	struct post *first = NULL;
	size_t i;

	for (i = 0; i < outbox->count; i++) {
		struct post *post = &outbox->posts[i];

		if (post->state == POST_DUE &&
		    (!first || post->due < first->due ||
			(post->due == first->due &&
			    post->number < first->number)))
			first = post;
	}
	return first;
}

static void
attempt(struct outbox *outbox, struct post *post)
{
	post->fault = post->again ? CLIENT_NO_FAULT
				  : faults_of_attempt(&outbox->options->faults,
					post->number, post->attempts);
	if (client_post(outbox->client, post, post->body.bytes, post->body.size,
		post->fault) < 0) {
		halt(outbox, OUTBOX_FAILED);
		return;
	}
	post->state = POST_IN_FLIGHT;
	if (post->attempts++ == 0)
		post->begun = clock_ms();
	pace_take(&outbox->pace);
}

int64_t
outbox_start(struct outbox *outbox)
{
	const int64_t now = clock_ms();
	struct post *post;

	while ((post = next_due(outbox)) && post->due <= now &&
	       pace_allows(&outbox->pace) && client_has_slot(outbox->client))
		attempt(outbox, post);
	if (!post)
		return -1;
	if (post->due > now)
		return post->due - now;
	/* It waits for a slot, which an answer frees, or for the rate. */
	return pace_ms(&outbox->pace);
}

void
outbox_work(struct outbox *outbox, int64_t ms, const int *fds, size_t count)
{
	int64_t due = outbox_start(outbox);

	if (find_post(outbox, POST_GIVEN_UP))
		due = 0;
	if (due >= 0 && (ms < 0 || due < ms))
		ms = due;
	client_work(outbox->client, ms, fds, count);
}

static void
give_up(struct outbox *outbox, struct post *post)
{
	post->state = POST_GIVEN_UP;
	outbox->refused += post_is_refused(post);
	if (post->verdict >= VERDICT_PAUSED)
		halt(outbox, OUTBOX_UNUSABLE);
	if (outbox->state != OUTBOX_OPEN || post->fault != CLIENT_NO_FAULT)
		return;
	if (++outbox->given_up_in_a_row >= OUTBOX_DOWN_AFTER)
		halt(outbox, OUTBOX_DOWN);
}

/* By clock_ms. 0: at once, since a new connection has not failed yet. */
static int64_t
next_attempt(struct outbox *outbox, const struct post *post, bool is_stale)
{
	if (is_stale)
		return 0;
	return clock_ms() + (post->heeded_s > 0 ? (int64_t)post->heeded_s * 1000
						: pace_pause_ms(&outbox->pace,
						      post->attempts));
}

static void
settle_post(struct outbox *outbox, struct post *post,
    const struct client_answer *answer)
{
	const int64_t due = next_attempt(outbox, post, answer->stale);

	if (post->again) {
		/* Whatever the answer, its users were delivered before. */
		post->state = POST_FREE;
	} else if (post->verdict == VERDICT_DELIVERED) {
		post->state = POST_DELIVERED;
		outbox->given_up_in_a_row = 0;
	} else if (outbox->state == OUTBOX_OPEN &&
		   post_has_retry(post, outbox->options->retries, due)) {
		post->due = due;
		post->state = POST_DUE;
	} else {
		give_up(outbox, post);
	}
}

const struct post *
outbox_next_answer(struct outbox *outbox, struct client_answer *answer)
{
	struct post *post;

	if (!client_next_answer(outbox->client, answer))
		return NULL;
	post = answer->context;
	post_note_answer(post, answer);
	settle_post(outbox, post, answer);
	return post;
}

const struct post *
outbox_next_end(struct outbox *outbox, bool *is_delivered)
{
	struct post *post = find_post(outbox, POST_DELIVERED);

	*is_delivered = post != NULL;
	if (!post)
		post = find_post(outbox, POST_GIVEN_UP);
	if (!post)
		return NULL;
	post->again = *is_delivered && outbox->state == OUTBOX_OPEN &&
		      faults_duplicate(&outbox->options->faults, post->number);
	post->due = 0;
	post->state = post->again ? POST_DUE : POST_FREE;
	return post;
}

bool
outbox_is_busy(const struct outbox *outbox)
{
	return find_post(outbox, POST_DUE) || find_post(outbox, POST_IN_FLIGHT);
}

const struct post *
outbox_pausing(const struct outbox *outbox, int64_t *ms)
{
	const struct post *post = next_due(outbox);

	if (!post || find_post(outbox, POST_IN_FLIGHT))
		return NULL;
	*ms = post->due - clock_ms();
	if (*ms <= 0)
		*ms = pace_ms(&outbox->pace);
	return *ms > 0 ? post : NULL;
}

void
outbox_close(struct outbox *outbox)
{
	size_t i;

	for (i = 0; outbox->posts && i < outbox->count; i++)
		body_free(&outbox->posts[i].body);
	free(outbox->posts);
	outbox->posts = NULL;
}
