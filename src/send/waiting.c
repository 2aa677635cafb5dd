#include "send/waiting.h"

#include <inttypes.h>
#include <stdio.h>

/* Rounded up: it never shows 0 s while it waits. */
static int64_t
seconds(int64_t ms)
{
	return (ms + 999) / 1000;
}

static void
describe_pause(const struct post *post, int64_t ms, char text[WAITING_MAX])
{
	if (post->asked_s > 0)
		snprintf(text, WAITING_MAX,
		    ", next attempt in %" PRId64
		    " s (the endpoint asked for %" PRIu64 " s)",
		    seconds(ms), post->asked_s);
	else
		snprintf(text, WAITING_MAX, ", next attempt in %" PRId64 " s",
		    seconds(ms));
}

void
waiting_describe(const struct send *send, bool reads, int64_t pass_ms,
    char text[WAITING_MAX])
{
	const struct outbox *outbox = &send->outbox;
	const struct post *post;
	int64_t ms;

	text[0] = '\0';
	post = outbox_pausing(outbox, &ms);
	if (post)
		describe_pause(post, ms, text);
	else if (outbox_is_busy(outbox))
		snprintf(text, WAITING_MAX, ", waits for an answer");
	else if (pass_ms >= 0)
		snprintf(text, WAITING_MAX, ", next pass in %" PRId64 " s",
		    seconds(pass_ms));
	else if (reads)
		snprintf(text, WAITING_MAX, ", waits for more profiles");
}
