#include "send/post.h"

#include <stdio.h>

void
post_open(struct post *post, uint64_t number)
{
	body_clear(&post->body);
	post->number = number;
	post->attempts = post->stale = 0;
	post->due = 0;
	post->is_sealed = post->again = false;
	post->state = POST_FILLING;
}

static void
note_outcome(struct post *post, const struct client_answer *answer)
{
	static const char *const purposes[] = {
	    [CLIENT_CUT_BODY] = "the body was cut off on purpose",
	    [CLIENT_DROP_ANSWER] = "the answer was dropped on purpose",
	};
	const char *why = post->fault == CLIENT_NO_FAULT
			      ? answer->why
			      : purposes[post->fault];

	if (answer->status > 0)
		snprintf(
		    post->outcome, sizeof post->outcome, "%ld", answer->status);
	else
		snprintf(
		    post->outcome, sizeof post->outcome, "no answer, %s", why);
}

struct post_attempt
post_answered(struct post *post, const struct client_answer *answer)
{
	note_outcome(post, answer);
	post->stale += answer->stale;
	return (struct post_attempt){
	    .post = post->number,
	    .number = post->attempts,
	    .again = post->again,
	    .fault = post->fault,
	    .status = answer->status,
	    .outcome = post->outcome,
	    .text = answer->text,
	    .users = post->body.users,
	    .bytes = post->body.size,
	    .us = answer->us,
	};
}

struct post_end
post_end(const struct post *post)
{
	return (struct post_end){
	    .post = post->number,
	    .users = post->body.users,
	    .is_delivered = post->state == POST_DELIVERED,
	    .was_sealed = post->is_sealed,
	    .attempts = post->attempts,
	    .outcome = post->outcome,
	};
}
