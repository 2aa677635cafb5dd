#include "status/chart.h"

#include "status/words.h"

/*
 * A slot an hour. Users stand on the line, refused requests hang below it and
 * are hatched, so that the two can be told apart without colours. Each has a
 * scale of its own. The picture is stretched to the page's width, so the words
 * beside it are HTML.
 */
#define SLOT 10
#define GAP 2
#define LINE 112 /* from the top */
#define ABOVE 106
#define BELOW 30
#define HEIGHT (LINE + BELOW + 4)
#define HOUR_MS ((int64_t)3600 * 1000)
#define LABELS 5

void
chart_write_shared(struct html *html)
{
	html_put(html,
	    "<svg class=shared width=0 height=0 aria-hidden=true focusable="
	    "false><defs><pattern id=hatch width=4 height=4 "
	    "patternUnits=userSpaceOnUse patternTransform=\"rotate(45)\">"
	    "<rect class=refused width=2.4 height=4 /></pattern></defs>"
	    "</svg>\n");
}

struct chart_sums {
	uint64_t users, refused, most_users, most_refused;
};

static struct chart_sums
chart_sum(const struct summary_campaign *summary)
{
	struct chart_sums sums = {0};
	size_t i;

	for (i = 0; i < SUMMARY_HOURS; i++) {
		const struct summary_hour *hour = &summary->hours[i];

		sums.users += hour->users;
		sums.refused += hour->refused;
		if (hour->users > sums.most_users)
			sums.most_users = hour->users;
		if (hour->refused > sums.most_refused)
			sums.most_refused = hour->refused;
	}
	return sums;
}

/* When the hour of slot I began. */
static int64_t
chart_hour(int64_t now_ms, size_t i)
{
	return now_ms - now_ms % HOUR_MS -
	       (int64_t)(SUMMARY_HOURS - 1 - i) * HOUR_MS;
}

/* At least 2 of ROOM, so that a few are seen beside many. */
static unsigned
chart_size(uint64_t number, uint64_t most, unsigned room)
{
	unsigned size;

	if (number == 0)
		return 0;
	size = (unsigned)((double)number * room / (double)most + 0.5);
	return size < 2 ? 2 : size;
}

static void
chart_say_hour(
    struct html *html, const struct summary_hour *hour, int64_t at_ms)
{
	char time[WORDS_SIZE], users[WORDS_SIZE], requests[WORDS_SIZE],
	    refused[WORDS_SIZE];

	html_format(html, "%s UTC: %s in %s, %s refused",
	    words_time(at_ms, WORDS_HOUR, time),
	    words_count(hour->users, "user", users),
	    words_count(hour->requests, "request", requests),
	    words_number(hour->refused, refused));
}

static void
chart_draw_hour(struct html *html, const struct summary_hour *hour,
    const struct chart_sums *sums, int64_t at_ms, size_t i)
{
	const unsigned up = chart_size(hour->users, sums->most_users, ABOVE);
	const unsigned down =
	    chart_size(hour->refused, sums->most_refused, BELOW);
	const unsigned x = (unsigned)i * SLOT + GAP / 2;

	if (hour->requests == 0 && up == 0 && down == 0)
		return;
	html_put(html, "<g><title>");
	chart_say_hour(html, hour, at_ms);
	html_put(html, "</title>");
	if (up > 0)
		html_format(html,
		    "<rect class=users x=%u y=%u width=%u height=%u rx=1 />", x,
		    LINE - up, SLOT - GAP, up);
	if (down > 0)
		html_format(html,
		    "<rect class=hatched x=%u y=%u width=%u height=%u />", x,
		    LINE + 2, SLOT - GAP, down);
	html_format(html,
	    "<rect class=hover x=%u y=0 width=%u height=%u /></g>", x, SLOT,
	    HEIGHT);
}

static void
chart_draw_grid(struct html *html, int64_t now_ms)
{
	size_t i;

	for (i = 1; i < SUMMARY_HOURS; i++)
		if (chart_hour(now_ms, i) % (24 * HOUR_MS) == 0)
			html_format(html, "<path class=grid d=\"M%zu 0V%u\"/>",
			    i * SLOT, HEIGHT);
	html_format(html, "<path class=axis d=\"M0 %uH%u\"/>", LINE,
	    SUMMARY_HOURS * SLOT);
}

static void
chart_draw(struct html *html, const struct summary_campaign *summary,
    const struct chart_sums *sums, int64_t now_ms, size_t id)
{
	char users[WORDS_SIZE], refused[WORDS_SIZE], most[WORDS_SIZE];
	size_t i;

	html_format(html,
	    "<svg class=chart role=img aria-labelledby=chart%zu viewBox=\"0 0 "
	    "%u %u\" preserveAspectRatio=none><title id=chart%zu>Users per "
	    "hour, the last 48 hours: %s, at most %s in an hour; %s "
	    "refused</title>",
	    id, SUMMARY_HOURS * SLOT, HEIGHT, id,
	    words_count(sums->users, "user", users),
	    words_number(sums->most_users, most),
	    words_count(sums->refused, "request", refused));
	chart_draw_grid(html, now_ms);
	for (i = 0; i < SUMMARY_HOURS; i++)
		chart_draw_hour(
		    html, &summary->hours[i], sums, chart_hour(now_ms, i), i);
	html_put(html, "</svg>\n");
}

static void
chart_write_labels(struct html *html, int64_t now_ms)
{
	char time[WORDS_SIZE];
	size_t i;

	html_put(html, "<div class=hours aria-hidden=true>");
	for (i = 0; i < LABELS - 1; i++)
		html_format(html, "<span>%s</span>",
		    words_time(
			chart_hour(now_ms, i * SUMMARY_HOURS / (LABELS - 1)),
			WORDS_HOUR, time));
	html_put(html, "<span>now</span></div>\n");
}

static void
chart_write_numbers(
    struct html *html, const struct summary_campaign *summary, int64_t now_ms)
{
	char time[WORDS_SIZE], users[WORDS_SIZE], requests[WORDS_SIZE],
	    refused[WORDS_SIZE];
	size_t i = SUMMARY_HOURS;

	html_put(html,
	    "<details><summary>The hours in numbers</summary><table><thead>"
	    "<tr><th scope=col>Hour (UTC)<th scope=col class=number>Users"
	    "<th scope=col class=number>Requests<th scope=col class=number>"
	    "Refused</tr></thead><tbody>\n");
	while (i-- > 0) {
		const struct summary_hour *hour = &summary->hours[i];

		if (hour->requests == 0)
			continue;
		html_format(html,
		    "<tr><th scope=row>%s<td class=number>%s<td class=number>"
		    "%s<td class=number>%s</tr>\n",
		    words_time(chart_hour(now_ms, i), WORDS_DAY_HOUR, time),
		    words_number(hour->users, users),
		    words_number(hour->requests, requests),
		    words_number(hour->refused, refused));
	}
	html_put(html, "</tbody></table></details>\n");
}

void
chart_write(struct html *html, const struct summary_campaign *summary,
    int64_t now_ms, size_t id)
{
	static const struct summary_campaign nothing;
	char most[WORDS_SIZE], refused[WORDS_SIZE];
	struct chart_sums sums;

	if (!summary)
		summary = &nothing;
	sums = chart_sum(summary);
	if (sums.users == 0 && sums.refused == 0) {
		html_put(
		    html, "<p class=empty>No users in the last 2 days.</p>\n");
		return;
	}
	html_format(html,
	    "<figure><figcaption><span>Users per hour, 2 days</span>"
	    "<span class=legend><span class=\"key users\"></span>users, at "
	    "most %s an hour</span>",
	    words_number(sums.most_users, most));
	if (sums.refused > 0)
		html_format(html,
		    "<span class=legend><span class=\"key refused\"></span>"
		    "below the line: refused requests, %s</span>",
		    words_number(sums.refused, refused));
	html_put(html, "</figcaption>\n");
	chart_draw(html, summary, &sums, now_ms, id);
	chart_write_labels(html, now_ms);
	html_put(html, "</figure>\n");
	chart_write_numbers(html, summary, now_ms);
}
