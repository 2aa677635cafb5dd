#include "send/post.h"

#include <stdio.h>

#include "send/repeats.h"
#include "send/verdict.h"

void
post_open(struct post *post, uint64_t number)
{
	body_clear(&post->body);
	post->number = number;
	post->attempts = post->stale = post->asked_s = 0;
	post->due = 0;
	post->is_sealed = post->again = post->is_refused = false;
	post->state = POST_FILLING;
}

static void
note_detail(struct post *post, const struct client_answer *answer)
{
	post->detail[0] = '\0';
	post->has_more = answer->text[0] != '\0';
	if (answer->status == 0 || !post->is_refused)
		return;
	if (answer->status < 400) {
		post->has_more = false;
		snprintf(post->detail, sizeof post->detail,
		    answer->location[0]
			? "a redirect to %s, which is not followed"
			: "a redirect without a URL of http or https%s",
		    answer->location);
	} else if (post->has_more && !repeats_user(answer->line,
					 answer->line_size, &post->body)) {
		post->has_more = false;
		snprintf(post->detail, sizeof post->detail, "%s", answer->text);
	}
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
	post->asked_s = answer->asked_s;
	post->is_refused = verdict_of(answer) >= VERDICT_REFUSED;
	if (answer->status > 0)
		snprintf(
		    post->outcome, sizeof post->outcome, "%ld", answer->status);
	else
		snprintf(
		    post->outcome, sizeof post->outcome, "no answer, %s", why);
	note_detail(post, answer);
}
