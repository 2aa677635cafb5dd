#include "status/status_page.h"

#include "status/chart.h"
#include "status/last_requests.h"
#include "status/section.h"
#include "status/style.h"
#include "status/words.h"

/* Beyond it a campaign is a row of the table, and has its own page. */
#define SECTIONS_MAX 12

static void
status_page_write_head(struct html *html, const struct status_page *page,
    const struct headline *headline)
{
	const char *const *css;

	html_put(html,
	    "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
	    "<meta name=viewport content=\"width=device-width, "
	    "initial-scale=1\">\n"
	    "<meta name=robots content=noindex>\n"
	    "<meta name=referrer content=no-referrer>\n");
	if (page->refreshes)
		html_format(html,
		    "<meta http-equiv=\"Refresh\" content=\"%d\">\n",
		    STATUS_PAGE_REFRESH);
	html_format(
	    html, "<title>%s - mixspool</title>\n<style>\n", headline->text);
	for (css = style_css; *css; css++)
		html_put(html, *css);
	html_put(html, "</style>\n</head>\n<body>\n");
}

static void
status_page_write_header(struct html *html, const struct status_page *page,
    const struct facts *facts, const struct headline *headline)
{
	static const char *const classes[] = {
	    [HEADLINE_GOOD] = "good",
	    [HEADLINE_NEW] = "new",
	    [HEADLINE_WARNING] = "warning",
	    [HEADLINE_BAD] = "bad",
	};
	char time[WORDS_SIZE];

	html_put(html, "<header><p>mixspool");
	if (page->campaign && page->path) {
		html_put(html, " &middot; <a href=\"");
		html_value(html, *page->path ? page->path : "/");
		html_put(html, "\">all campaigns</a>");
	}
	html_format(html, "</p>\n<h1 class=%s>%s</h1>\n<p>As of %s UTC.",
	    classes[headline->kind], headline->text,
	    words_time(facts->now_ms, WORDS_DATE, time));
	if (page->refreshes)
		html_put(html, " This page loads itself again every minute.");
	if (facts->summary.since_ms > 0)
		html_format(html,
		    " The journal before %s UTC is not summed up yet, and not "
		    "shown.",
		    words_time(facts->summary.since_ms, WORDS_DATE, time));
	if (page->can_pause && page->has_token)
		html_format(html,
		    " %s <code>&amp;pause</code> %s the address to %s. With "
		    "the "
		    "secret in the address there are no links here, which "
		    "would lose it.",
		    page->refreshes ? "Add" : "Take",
		    page->refreshes ? "to the end of" : "away from",
		    page->refreshes ? "stop that" : "keep it up to date");
	else if (page->can_pause)
		html_put(html, page->refreshes
				   ? " <a href=\"?pause\">Pause</a>"
				   : " <a href=\"?\">Keep it up to date</a>");
	html_put(html, "</p></header>\n<main>\n");
}

/* Why nothing shows of what came, and what to do. */
static void
status_page_write_journal(struct html *html, const struct facts *facts)
{
	char text[CONDITION_SIZE];

	if (facts->journal.kind == CONDITION_OFF) {
		html_put(html,
		    "<section><h2>What waits</h2>\n<p>The folders below are "
		    "all that shows. With MIXSPOOL_JOURNAL_DAYS above 0 the "
		    "receiver notes what comes.</p></section>\n");
		return;
	}
	html_put(html, "<section><h2>What came is not known</h2>\n<p>Nothing "
		       "shows it: ");
	html_text(html, condition_say(&facts->journal, text));
	html_put(html,
	    ". Requests are answered all the same; the folders below show what "
	    "waits. <code>mixspool doctor DIR</code>, as root, names what to "
	    "mend.</p></section>\n");
}

/* A friendly first state, until anything comes. */
static void
status_page_write_first(struct html *html, const struct status_page *page)
{
	html_put(html, "<section><h2>The first webhook</h2>\n<p>");
	if (page->url) {
		html_put(html, "Paste this URL into Mixpanel:<code>");
		html_text(html, page->url);
		html_put(html, "</code>SECRET is the line in the secret file.");
	} else {
		html_put(html,
		    "Paste the receiver's URL into Mixpanel, or try it with "
		    "<code>mixspool send --sample 50 URL</code>");
	}
	html_put(html,
	    "</p>\n<p>What arrives is on disk before Mixpanel gets its 200, "
	    "and shows here at the next look.</p></section>\n");
}

static void
status_page_write_row(struct html *html, const struct status_page *page,
    const struct facts *facts, const struct facts_campaign *campaign)
{
	static const struct summary_campaign nothing;
	const struct summary_campaign *summary =
	    campaign->summary ? campaign->summary : &nothing;
	const struct backlog_folder *waiting = &campaign->backlog.new;
	const bool is_known = facts->journal.kind == CONDITION_KEPT;
	char words[WORDS_SIZE];

	html_put(html, "<tr><th scope=row>");
	if (page->path) {
		html_put(html, "<a href=\"");
		html_value(html, page->path);
		html_format(
		    html, "/%s\">%s</a>", campaign->name, campaign->name);
	} else {
		html_put(html, campaign->name);
	}
	html_format(html, "<td class=number>%s",
	    is_known ? words_number(summary->today.users, words) : "-");
	html_format(html, "<td class=\"number wide\">%s",
	    is_known ? words_number(summary->today.refused, words) : "-");
	html_format(html, "<td class=ago>%s",
	    is_known ? words_ago(summary->last_arrival_ms, facts->now_ms, words)
		     : "not known");
	html_format(html, "<td class=number>%s%s</tr>\n",
	    waiting->has_more ? "over " : "",
	    words_number(waiting->batches, words));
}

static void
status_page_write_table(struct html *html, const struct status_page *page,
    const struct facts *facts)
{
	char number[WORDS_SIZE];
	size_t i;

	html_put(html,
	    "<section><h2>Campaigns</h2>\n<table><thead><tr><th scope=col>"
	    "Campaign<th scope=col class=number>Users today<th scope=col "
	    "class=\"number wide\">Refused today<th scope=col>Last arrival"
	    "<th scope=col class=number>Batches waiting</tr></thead><tbody>\n");
	for (i = 0; i < facts->count; i++)
		status_page_write_row(html, page, facts, &facts->campaigns[i]);
	html_put(html, "</tbody></table>\n");
	if (facts->left_out > 0)
		html_format(html, "<p>%s more are not shown.</p>\n",
		    words_count(facts->left_out, "campaign", number));
	html_put(html, "</section>\n");
}

static void
status_page_write_main(struct html *html, const struct status_page *page,
    const struct facts *facts, const struct headline *headline)
{
	size_t i;

	if (facts->journal.kind != CONDITION_KEPT)
		status_page_write_journal(html, facts);
	else if (headline->kind == HEADLINE_NEW && facts->summary.since_ms == 0)
		status_page_write_first(html, page);
	if (facts->count > 1)
		status_page_write_table(html, page, facts);
	chart_write_shared(html);
	for (i = 0; i < facts->count && i < SECTIONS_MAX; i++)
		section_write(html, facts, i, facts->count == 1);
	last_requests_write(html, facts, !page->campaign);
}

void
status_page_write(struct html *html, const struct status_page *page,
    const struct facts *facts)
{
	struct headline headline;

	headline_spool(facts, &page->room, &headline);
	status_page_write_head(html, page, &headline);
	status_page_write_header(html, page, facts, &headline);
	status_page_write_main(html, page, facts, &headline);
	html_put(html,
	    "</main>\n<footer>mixspool " MIXSPOOL_VERSION
	    ". A day begins at midnight UTC. Refused requests left nothing in "
	    "the spool.</footer>\n</body>\n</html>\n");
}
