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

void
post_note_answer(struct post *post, const struct client_answer *answer)
{
	static const char *const purposes[] = {
	    [CLIENT_CUT_BODY] = "the body was cut off on purpose",
	    [CLIENT_DROP_ANSWER] = "the answer was dropped on purpose",
	};
	const char *why = post->fault == CLIENT_NO_FAULT
			      ? answer->why
			      : purposes[post->fault];

	post->stale += answer->stale;
	if (answer->status > 0)
		snprintf(
		    post->outcome, sizeof post->outcome, "%ld", answer->status);
	else
		snprintf(
		    post->outcome, sizeof post->outcome, "no answer, %s", why);
}
