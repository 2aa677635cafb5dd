#include "status/headline.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "status/headline_inside.h"
#include "status/words.h"

bool
headline_set(
    struct headline *headline, enum headline_kind kind, const char *format, ...)
{
	va_list arguments;

	headline->kind = kind;
	va_start(arguments, format);
	vsnprintf(headline->text, sizeof headline->text, format, arguments);
	va_end(arguments);
	return true;
}

/* What the rules look at, with words for it. */
struct view {
	const struct facts_campaign *campaign;
	const struct backlog_folder *waiting;
	const struct summary_campaign *summary; /* never NULL */
	int64_t now_ms, oldest_ms;
	int64_t since_ms;          /* nothing is known of before; 0: all is */
	bool is_known;             /* what came, and what was handed over */
	char wait[2 * WORDS_SIZE]; /* "40 batches wait" */
};

/* "40 batches wait", "more than 60,000 batches wait" */
static void
headline_say_waiting(
    const struct backlog_folder *waiting, char text[2 * WORDS_SIZE])
{
	char count[WORDS_SIZE];

	snprintf(text, (size_t)2 * WORDS_SIZE, "%s%s wait%s",
	    waiting->has_more ? "more than " : "",
	    words_count(waiting->batches, "batch", count),
	    waiting->batches == 1 && !waiting->has_more ? "s" : "");
}

static bool
headline_unreadable(const struct view *view, struct headline *headline)
{
	return view->campaign->error && headline_set(headline, HEADLINE_BAD,
					    "The folders cannot be read: %s",
					    strerror(view->campaign->error));
}

static bool
headline_run_failed(const struct view *view, struct headline *headline)
{
	const struct summary_campaign *summary = view->summary;
	char ago[WORDS_SIZE];

	return summary->last_run_ms > 0 && summary->last_exit != 0 &&
	       view->waiting->batches > 0 &&
	       headline_set(headline, HEADLINE_BAD,
		   "The last hand-over failed %s: %s",
		   words_ago(summary->last_run_ms, view->now_ms, ago),
		   view->wait);
}

static bool
headline_waits(const struct view *view, struct headline *headline)
{
	const int64_t success = view->summary->last_success_ms > 0
				    ? view->summary->last_success_ms
				    : view->since_ms;
	char age[WORDS_SIZE];

	if (view->waiting->batches == 0 ||
	    view->now_ms - view->oldest_ms < HEADLINE_WAITS_MS)
		return false;
	words_for(view->oldest_ms, view->now_ms, age);
	if (!view->is_known)
		return headline_set(headline, HEADLINE_BAD,
		    "The oldest batch has waited for %s: %s", age, view->wait);
	if (success == 0)
		return headline_set(headline, HEADLINE_BAD,
		    "Nothing was ever handed over: %s, the oldest for %s",
		    view->wait, age);
	if (view->now_ms - success < HEADLINE_WAITS_MS)
		return headline_set(headline, HEADLINE_BAD,
		    "The oldest batch has waited for %s, though the drain "
		    "runs: %s",
		    age, view->wait);
	return headline_set(headline, HEADLINE_BAD,
	    "Nothing handed over for %s: %s",
	    words_for(success, view->now_ms, age), view->wait);
}

static bool
headline_refused(const struct view *view, struct headline *headline)
{
	const struct summary_campaign *summary = view->summary;
	char ago[WORDS_SIZE];

	return summary->last_refusal_ms > summary->last_arrival_ms &&
	       headline_set(headline, HEADLINE_BAD,
		   "The last request was refused, %s",
		   words_ago(summary->last_refusal_ms, view->now_ms, ago));
}

static bool
headline_put_away(const struct view *view, struct headline *headline)
{
	const struct backlog_folder *failed = &view->campaign->backlog.failed;
	char count[WORDS_SIZE];

	return failed->batches > 0 &&
	       headline_set(headline, HEADLINE_WARNING,
		   "The command has refused %s%s, in failed/",
		   failed->has_more ? "more than " : "",
		   words_count(failed->batches, "batch", count));
}

static bool
headline_wrong_clock(const struct view *view, struct headline *headline)
{
	return (words_is_future(view->summary->last_arrival_ms, view->now_ms) ||
		   words_is_future(view->campaign->newest_ms, view->now_ms)) &&
	       headline_set(headline, HEADLINE_WARNING,
		   "A clock was wrong: something is dated after now");
}

static bool
headline_silent(const struct view *view, struct headline *headline)
{
	const int64_t last = view->summary->last_arrival_ms > 0
				 ? view->summary->last_arrival_ms
				 : view->since_ms;
	char age[WORDS_SIZE];

	return last > 0 && view->now_ms - last >= HEADLINE_SILENT_MS &&
	       headline_set(headline, HEADLINE_WARNING,
		   "Nothing has arrived for %s",
		   words_for(last, view->now_ms, age));
}

void
headline_say_today(const struct summary_hour *today, int64_t last_ms,
    int64_t now_ms, struct headline *headline)
{
	char users[WORDS_SIZE], ago[WORDS_SIZE], refused[WORDS_SIZE];

	words_ago(last_ms, now_ms, ago);
	if (today->refused > 0)
		headline_set(headline, HEADLINE_WARNING,
		    "%s refused today; %s stored, the last %s",
		    words_count(today->refused, "request", refused),
		    words_count(today->users, "user", users), ago);
	else
		headline_set(headline, HEADLINE_GOOD,
		    "All well: %s today, last %s",
		    words_count(today->users, "user", users), ago);
}

static bool
headline_new(const struct view *view, struct headline *headline)
{
	char age[WORDS_SIZE];

	if (view->summary->last_arrival_ms > 0)
		return false;
	if (!view->is_known)
		return headline_set(
		    headline, HEADLINE_NEW, "What arrives is not known here");
	if (view->since_ms > 0)
		return headline_set(headline, HEADLINE_NEW,
		    "Nothing has arrived for %s",
		    words_for(view->since_ms, view->now_ms, age));
	/* The batches are older than the journal. */
	if (view->waiting->batches > 0)
		return headline_set(headline, HEADLINE_GOOD,
		    "%s; the journal has nothing yet", view->wait);
	return headline_set(
	    headline, HEADLINE_NEW, "No webhook has arrived yet");
}

void
headline_campaign(const struct facts *facts,
    const struct facts_campaign *campaign, struct headline *headline)
{
	/* The first one that applies is the headline. */
	static bool (*const rules[])(
	    const struct view *view, struct headline *headline) = {
	    headline_unreadable,
	    headline_run_failed,
	    headline_waits,
	    headline_refused,
	    headline_put_away,
	    headline_wrong_clock,
	    headline_silent,
	    headline_new,
	};
	static const struct summary_campaign nothing;
	const bool is_known = facts->journal.kind == CONDITION_KEPT;
	struct view view = {.campaign = campaign,
	    .waiting = &campaign->backlog.new,
	    .summary =
		is_known && campaign->summary ? campaign->summary : &nothing,
	    .since_ms = is_known ? facts->summary.since_ms : 0,
	    .is_known = is_known,
	    .now_ms = facts->now_ms,
	    .oldest_ms = campaign->oldest_ms};
	size_t i;

	headline_say_waiting(view.waiting, view.wait);
	for (i = 0; i < sizeof rules / sizeof *rules; i++)
		if (rules[i](&view, headline))
			return;
	headline_say_today(&view.summary->today, view.summary->last_arrival_ms,
	    facts->now_ms, headline);
}
