#include "send/notice.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/say.h"
#include "tool/tool.h"

#define NAMED_INVALID 10

void
notice(const struct meter *meter, const char *format, ...)
{
	char text[SAY_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	meter_clear(meter);
	say("%s", text);
}

void
notice_invalid(
    const struct meter *meter, const struct profile *profile, uint64_t nth)
{
	const struct user_fault *fault = &profile->fault;

	if (nth > NAMED_INVALID)
		return;
	if (fault->position == USER_NO_POSITION)
		notice(meter, "%s:%" PRIu64 ": %s", profile->file,
		    profile->line, fault->what);
	else
		notice(meter, "%s:%" PRIu64 ": %s, near byte %zu",
		    profile->file, profile->line, fault->what, fault->position);
	if (nth == NAMED_INVALID)
		say("further invalid profiles are only counted");
}

void
notice_answer(const struct meter *meter, const struct post *post,
    const struct client_answer *answer)
{
	const char *text = answer->location[0] ? post->detail : answer->text;
	char attempt[32] = "";

	if (post->attempts > 1)
		snprintf(attempt, sizeof attempt, ", attempt %" PRIu64,
		    post->attempts);
	notice(meter,
	    "POST %" PRIu64 "%s%s: %s%s%s; %zu user%s, %zu bytes, %.1f ms",
	    post->number, attempt, post->again ? ", once more on purpose" : "",
	    post->outcome, text[0] ? ", " : "", text, post->body.users,
	    tool_plural(post->body.users), post->body.size,
	    (double)answer->us / 1000);
}

void
notice_given_up(
    const struct meter *meter, const struct post *post, bool is_verbose)
{
	notice(meter,
	    "POST %" PRIu64 ": %zu user%s left after %" PRIu64
	    " attempt%s%s: %s%s%s%s",
	    post->number, post->body.users, tool_plural(post->body.users),
	    post->attempts, tool_plural(post->attempts),
	    post_is_refused(post)
		? ", since another one would end in the same way"
		: "; the last one",
	    post->outcome, post->detail[0] ? ", " : "", post->detail,
	    post->has_more && !is_verbose ? " (-v shows more)" : "");
}

void
notice_progress(struct meter *meter, const struct tally *tally,
    uint64_t matched, double share, const char *waits)
{
	const uint64_t elapsed = meter_elapsed_ms(meter);
	char left[32] = "";

	if (share > 0) {
		uint64_t seconds =
		    (uint64_t)((double)elapsed * (1 / share - 1) / 1000);

		snprintf(left, sizeof left, ", %" PRIu64 ":%02" PRIu64 " left",
		    seconds / 60, seconds % 60);
	}
	meter_draw(meter,
	    "%" PRIu64 " matched, %" PRIu64 " delivered, %" PRIu64
	    " failed, %" PRIu64 " a second%s%s",
	    matched, tally->delivered, tally->left,
	    tally->delivered * 1000 / elapsed, left, waits);
}

void
notice_filter_faults(const struct recipients_counts *counts)
{
	const struct recipients_fault *failed = &counts->filter_failed;
	const struct recipients_fault *other = &counts->no_condition;

	if (failed->count > 0)
		say("the filter failed on %" PRIu64
		    " profile%s, which count as not matching; the first: "
		    "%s:%" PRIu64,
		    failed->count, tool_plural(failed->count), failed->file,
		    failed->line);
	if (other->count > 0)
		say("the filter put out something other than true or false "
		    "for %" PRIu64
		    " profile%s, which count as not matching; the first: "
		    "%s:%" PRIu64 "; it should be a condition, without "
		    "select()",
		    other->count, tool_plural(other->count), other->file,
		    other->line);
}
