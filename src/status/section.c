#include "status/section.h"

#include <stdio.h>
#include <string.h>

#include "status/chart.h"
#include "status/headline.h"
#include "status/words.h"

static void
section_begin_fact(struct html *html, const char *name, bool is_bad)
{
	html_format(html, "<div%s><dt>%s</dt><dd><b>",
	    is_bad ? " class=look" : "", name);
}

/* A time in words, with the whole of it where the pointer rests. */
static void
section_write_ago(struct html *html, int64_t ms, const struct facts *facts)
{
	const int64_t since_ms = facts->summary.since_ms;
	char time[WORDS_SIZE], shown[WORDS_SIZE], ago[WORDS_SIZE];

	words_ago(ms, facts->now_ms, ago);
	if (ms == 0)
		html_put(html, since_ms > 0 ? "not known" : ago);
	else
		html_format(html,
		    "<time datetime=\"%s\" title=\"%s UTC\">%s</time>",
		    words_time(ms, WORDS_ISO, time),
		    words_time(ms, WORDS_DATE, shown), ago);
}

static void
section_write_arrival(struct html *html, const struct facts *facts,
    const struct summary_campaign *summary)
{
	char users[WORDS_SIZE], requests[WORDS_SIZE];

	section_begin_fact(html, "Last arrival", false);
	section_write_ago(html, summary->last_arrival_ms, facts);
	html_put(html, "</b><small>");
	if (summary->last_refusal_ms > 0) {
		html_put(html, "last refusal ");
		section_write_ago(html, summary->last_refusal_ms, facts);
	} else {
		html_put(html, "none was refused");
	}
	html_put(html, "</small></dd></div>\n");
	section_begin_fact(html, "Today", false);
	html_format(html, "%s</b><small>in %s",
	    words_count(summary->today.users, "user", users),
	    words_count(summary->today.requests, "request", requests));
	if (summary->today.refused > 0)
		html_format(html, ", <span class=look>%s refused</span>",
		    words_number(summary->today.refused, requests));
	html_put(html, "</small></dd></div>\n");
}

static void
section_write_put_away(struct html *html, const struct backlog_folder *folder,
    bool is_bad, const char *what)
{
	char count[WORDS_SIZE];

	if (folder->batches > 0)
		html_format(html, "<small%s>%s%s %s</small>",
		    is_bad ? " class=look" : "",
		    folder->has_more ? "more than " : "",
		    words_count(folder->batches, "batch", count), what);
}

static void
section_write_waiting(struct html *html, const struct facts *facts,
    const struct facts_campaign *campaign)
{
	const struct backlog_folder *new = &campaign->backlog.new;
	const int64_t oldest_ms = campaign->oldest_ms;
	char batches[WORDS_SIZE], users[WORDS_SIZE], age[WORDS_SIZE];

	section_begin_fact(html, "Waiting",
	    new->batches > 0 && facts->now_ms - oldest_ms >= HEADLINE_WAITS_MS);
	if (campaign->error)
		html_put(html, "unknown</b>");
	else if (new->batches == 0 && !new->has_more)
		html_put(html, "nothing</b>");
	else
		html_format(html,
		    "%s%s</b><small>with %s%s, the oldest for %s</small>",
		    new->has_more ? "more than " : "",
		    words_count(new->batches, "batch", batches),
		    new->has_more || new->has_more_lines ? "more than " : "",
		    words_count(new->lines, "user", users),
		    words_for(oldest_ms, facts->now_ms, age));
	section_write_put_away(html, &campaign->backlog.failed, true,
	    "in failed/, refused by the command");
	section_write_put_away(html, &campaign->backlog.aside, false,
	    "in aside/, with what is no user");
	html_put(html, "</dd></div>\n");
}

static void
section_write_run(struct html *html, const struct facts *facts,
    const struct summary_campaign *summary)
{
	const bool has_failed =
	    summary->last_run_ms > 0 && summary->last_exit != 0;
	char users[WORDS_SIZE];

	section_begin_fact(html, "Last hand-over", has_failed);
	if (has_failed)
		html_put(html, "failed ");
	section_write_ago(html, summary->last_run_ms, facts);
	html_put(html, "</b><small>");
	if (has_failed) {
		html_format(html,
		    "exit status %d; the last success: ", summary->last_exit);
		section_write_ago(html, summary->last_success_ms, facts);
	} else if (summary->last_run_ms > 0) {
		html_put(
		    html, words_count(summary->last_run_users, "user", users));
	} else {
		html_put(html, "mixspool drain does it");
	}
	html_put(html, "</small></dd></div>\n");
}

static void
section_write_cohort(struct html *html, const struct facts *facts,
    const struct summary_cohort *cohort)
{
	char number[WORDS_SIZE];

	html_put(html, "<tr><th scope=row>");
	html_text(html, *cohort->name ? cohort->name : "(without a name)");
	html_put(html, "<small>");
	html_text(html, cohort->id);
	if (*cohort->project) {
		html_put(html, " of project ");
		html_text(html, cohort->project);
	}
	html_put(html, "</small><td>");
	section_write_ago(html, cohort->last_ms, facts);
	html_put(html, "<small>whole: ");
	section_write_ago(html, cohort->last_full_ms, facts);
	html_format(html, "</small><td class=number>%s<small>",
	    words_count(cohort->page_users, "user", number));
	html_text(html, cohort->action);
	if (cohort->page > 0)
		html_format(
		    html, ", page %s", words_number(cohort->page, number));
	if (cohort->page > 0 && cohort->pages > 0)
		html_format(
		    html, " of %s", words_number(cohort->pages, number));
	html_put(html, "</small></tr>\n");
}

static void
section_write_cohorts(struct html *html, const struct facts *facts,
    const struct summary_campaign *summary)
{
	size_t i;

	if (summary->cohort_count == 0)
		return;
	html_put(html,
	    "<h3>Cohorts</h3>\n<table><thead><tr><th scope=col>Cohort"
	    "<th scope=col>Last sync<th scope=col class=number>Last page</tr>"
	    "</thead><tbody>\n");
	for (i = 0; i < summary->cohort_count && i < SUMMARY_COHORTS; i++)
		section_write_cohort(html, facts, &summary->cohorts[i]);
	html_put(html, "</tbody></table>\n");
}

/* What the journal would say. */
static void
section_write_unknown(struct html *html, const char *name)
{
	section_begin_fact(html, name, false);
	html_put(html, "not known</b><small>the journal does not have it"
		       "</small></dd></div>\n");
}

static const char *const section_classes[] = {
    [HEADLINE_GOOD] = "good",
    [HEADLINE_NEW] = "new",
    [HEADLINE_WARNING] = "warning",
    [HEADLINE_BAD] = "bad",
};

void
section_write(
    struct html *html, const struct facts *facts, size_t index, bool is_alone)
{
	static const struct summary_campaign nothing;
	const struct facts_campaign *campaign = &facts->campaigns[index];
	const struct summary_campaign *summary =
	    campaign->summary ? campaign->summary : &nothing;
	const bool is_known = facts->journal.kind == CONDITION_KEPT;
	struct headline headline;

	html_format(html, "<section id=\"c-%s\"><h2>%s</h2>\n", campaign->name,
	    campaign->name);
	headline_campaign(facts, campaign, &headline);
	if (!is_alone)
		html_format(html, "<p class=\"verdict %s\">%s</p>\n",
		    section_classes[headline.kind], headline.text);
	html_put(html, "<dl>\n");
	if (is_known)
		section_write_arrival(html, facts, summary);
	else
		section_write_unknown(html, "Last arrival");
	section_write_waiting(html, facts, campaign);
	if (is_known)
		section_write_run(html, facts, summary);
	else
		section_write_unknown(html, "Last hand-over");
	html_put(html, "</dl>\n");
	if (is_known) {
		chart_write(html, summary, facts->now_ms, index);
		section_write_cohorts(html, facts, summary);
	}
	html_put(html, "</section>\n");
}
