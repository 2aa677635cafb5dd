#include "status/last_requests.h"

#include "status/advice.h"
#include "status/words.h"

static void
last_requests_write_when(
    struct html *html, const struct facts_request *request, int64_t now_ms)
{
	char date[WORDS_SIZE], time[WORDS_SIZE], ago[WORDS_SIZE];
	const int is_minute = request->requests > 1;
	const int is_today = request->at_ms / 86400000 == now_ms / 86400000;

	html_format(html,
	    "<tr%s><td class=when><time datetime=\"%s\">%s</time>"
	    "<small>%s</small>",
	    request->status == 200 ? "" : " class=look",
	    words_time(request->at_ms, WORDS_ISO, date),
	    words_time(request->at_ms,
		is_minute  ? WORDS_DAY_MINUTE
		: is_today ? WORDS_SECOND
			   : WORDS_DAY_SECOND,
		time),
	    words_ago(request->at_ms, now_ms, ago));
}

static void
last_requests_write_stored(
    struct html *html, const struct facts_request *request)
{
	char number[WORDS_SIZE];

	if (request->requests > 1)
		html_format(html, "<b>%s</b>, ",
		    words_count(request->requests, "request", number));
	html_format(
	    html, "<b>%s</b>", words_count(request->users, "user", number));
	if (request->aside > 0)
		html_format(html, ", %s set aside",
		    words_number(request->aside, number));
	if (*request->name) {
		html_put(html, "<small>");
		html_text(html, request->name);
		html_put(html, ": ");
		html_text(html, request->action);
		if (request->page > 0 && request->pages > 0)
			html_format(html, ", page %u of %u",
			    (unsigned)request->page, (unsigned)request->pages);
		html_put(html, "</small>");
	}
}

static void
last_requests_write_refused(
    struct html *html, const struct facts_request *request)
{
	const struct advice *advice =
	    advice_find(request->status, request->why);
	char number[WORDS_SIZE];

	/* A browser is refused before it asks for the password. */
	html_format(html, "<b%s>Refused, %u</b> ",
	    facts_is_post(request) ? " class=bad" : "", request->status);
	if (request->requests > 1)
		html_format(html, "(%s) ",
		    words_count(request->requests, "request", number));
	html_put(html, advice->means);
	html_format(html, ".<small>%s</small>", advice->to_do);
	if (*request->why) {
		html_put(html, "<small class=why>Answered: ");
		html_text(html, request->why);
		html_put(html, "</small>");
	}
}

static void
last_requests_write_campaign(
    struct html *html, const struct facts_request *request)
{
	if (*request->campaign)
		html_text(html, request->campaign);
	else
		html_put(html, "<i>no campaign</i>");
}

/* A phone has no room for the campaign's column: the time has it, too. */
static void
last_requests_write_one(struct html *html, const struct facts *facts,
    const struct facts_request *request, bool with_campaigns)
{
	last_requests_write_when(html, request, facts->now_ms);
	if (with_campaigns) {
		html_put(html, "<small class=narrow>");
		last_requests_write_campaign(html, request);
		html_put(html, "</small><td class=\"campaign wide\">");
		last_requests_write_campaign(html, request);
	}
	html_put(html, "<td>");
	if (request->status == 200)
		last_requests_write_stored(html, request);
	else
		last_requests_write_refused(html, request);
	if (request->is_probe)
		html_put(html, "<small>by mixspool doctor</small>");
	html_put(html, "</tr>\n");
}

void
last_requests_write(
    struct html *html, const struct facts *facts, bool with_campaigns)
{
	size_t i;

	if (facts->request_count == 0)
		return;
	html_format(html,
	    "<section><h2>%s</h2>\n<table class=requests><thead>"
	    "<tr><th scope=col>Time (UTC)",
	    facts->request_count == FACTS_REQUESTS ? "The last 50 requests"
						   : "The last requests");
	if (with_campaigns)
		html_put(html, "<th scope=col class=wide>Campaign");
	html_put(html, "<th scope=col>What came of it</tr></thead><tbody>\n");
	for (i = 0; i < facts->request_count; i++)
		last_requests_write_one(
		    html, facts, &facts->requests[i], with_campaigns);
	html_put(html, "</tbody></table></section>\n");
}
