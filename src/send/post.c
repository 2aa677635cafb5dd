#include "send/post.h"

#include <stdio.h>
#include <string.h>

#include "send/repeats.h"
#include "send/reply.h"

void
post_open(struct post *post, uint64_t number, const struct webhook *webhook)
{
	post->webhook = webhook;
	post->action = NULL;
	body_begin(&post->body, &webhook->frame);
	post->number = number;
	post->attempts = post->stale = post->asked_s = post->heeded_s = 0;
	post->due = post->begun = 0;
	post->verdict = VERDICT_TRY_AGAIN;
	post->is_sealed = post->again = false;
	post->state = POST_FILLING;
}

bool
post_is_refused(const struct post *post)
{
	return post->verdict >= VERDICT_REFUSED;
}

bool
post_has_retry(const struct post *post, uint64_t retries, int64_t due)
{
	const int64_t within_ms = (int64_t)post->webhook->within_s * 1000;

	if (post_is_refused(post))
		return false;
	if (due == 0)
		return true;
	return post->attempts - post->stale <= retries &&
	       (within_ms == 0 || due - post->begun <= within_ms);
}

static void
show_text(struct post *post, const char *shown, const char *text, size_t size)
{
	if (!post->has_more || repeats_user(text, size, &post->body))
		return;
	post->has_more = false;
	snprintf(post->detail, sizeof post->detail, "%s", shown);
}

static void
note_detail(struct post *post, const struct client_answer *answer,
    const struct reply *reply)
{
	post->detail[0] = '\0';
	post->has_more = answer->text[0] != '\0';
	if (answer->status == 0)
		return;
	if (reply->message[0] != '\0') {
		show_text(post, reply->message, reply->message,
		    strlen(reply->message));
	} else if (!post_is_refused(post)) {
		return;
	} else if (answer->status < 400) {
		post->has_more = false;
		snprintf(post->detail, sizeof post->detail,
		    answer->location[0]
			? "a redirect to %s, which is not followed"
			: "a redirect without a URL of http or https%s",
		    answer->location);
	} else {
		show_text(post, answer->text, answer->line, answer->line_size);
	}
}

static void
note_outcome(
    struct post *post, const struct client_answer *answer, const char *fault)
{
	static const char *const purposes[] = {
	    [CLIENT_CUT_BODY] = "the body was cut off on purpose",
	    [CLIENT_DROP_ANSWER] = "the answer was dropped on purpose",
	};
	const char *why = post->fault == CLIENT_NO_FAULT
			      ? answer->why
			      : purposes[post->fault];

	if (answer->status > 0)
		snprintf(post->outcome, sizeof post->outcome, "%ld%s%s",
		    answer->status, fault ? " " : "", fault ? fault : "");
	else
		snprintf(
		    post->outcome, sizeof post->outcome, "no answer, %s", why);
}

void
post_note_answer(struct post *post, const struct client_answer *answer)
{
	struct reply reply = {0};

	post->stale += answer->stale;
	post->asked_s = answer->asked_s;
	post->heeded_s = answer->status == 429 ? post->webhook->heeds_s : 0;
	if (post->heeded_s > post->asked_s)
		post->heeded_s = post->asked_s;
	post->verdict = verdict_of(post->webhook->rules, answer);
	if (post->action && answer->status > 0)
		reply_read(
		    &reply, answer->line, answer->whole_size, post->action);
	if (post->verdict != VERDICT_DELIVERED)
		reply.fault = NULL;
	else if (reply.fault)
		post->verdict = VERDICT_TRY_AGAIN;
	note_outcome(post, answer, reply.fault);
	note_detail(post, answer, &reply);
}
