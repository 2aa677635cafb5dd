#include "tool/report.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/printable.h"
#include "tool/tool.h"

int64_t
report_age(time_t from, time_t now)
{
	return now > from ? now - from : 0;
}

const char *
report_show_age(time_t from, time_t now, char text[REPORT_AGE_SIZE])
{
	static const struct {
		int64_t below, seconds;
		char unit;
	} units[] = {{120, 1, 's'}, {7200, 60, 'm'}, {172800, 3600, 'h'},
	    {INT64_MAX, 86400, 'd'}};
	const int64_t age = report_age(from, now);
	size_t i = 0;

	if (!from)
		return "-";
	while (age >= units[i].below)
		i++;
	snprintf(text, REPORT_AGE_SIZE, "%" PRId64 "%c", age / units[i].seconds,
	    units[i].unit);
	return text;
}

static void
print_foreign(const struct counts *counts)
{
	char name[4 * NAME_MAX + 1];
	size_t i;

	for (i = 0; i < counts->foreign_count; i++) {
		printable_copy(name, sizeof name, counts->foreign[i],
		    strlen(counts->foreign[i]));
		printf("%s/new/%s is not a batch and is left alone\n",
		    counts->name, name);
	}
}

/* Clocks of several hosts differ a little. */
#define CLOCKS_DIFFER 60

bool
report_is_future(const struct counts *counts, time_t now)
{
	return counts->batches > 0 && counts->newest > now + CLOCKS_DIFFER;
}

static void
print_refused(
    const char *name, const struct summary_campaign *journal, time_t now)
{
	const uint64_t count = journal->today.refused;
	char why[sizeof journal->last_why], age[REPORT_AGE_SIZE];

	if (count == 0)
		return;
	printable_copy(
	    why, sizeof why, journal->last_why, strlen(journal->last_why));
	printf("%s: %" PRIu64 " request%s refused today, the last %s ago: "
	       "%u, %s\n",
	    name, count, tool_plural(count),
	    report_show_age(
		(time_t)(journal->last_refusal_ms / 1000), now, age),
	    journal->last_status, *why ? why : "no reason is noted");
}

static void
print_failure(const struct overview_campaign *campaign, time_t now)
{
	char age[REPORT_AGE_SIZE];

	if (overview_has_failed(campaign))
		printf("%s: drain's command failed %s ago, with exit status "
		       "%d\n",
		    campaign->counts.name,
		    report_show_age(
			(time_t)(campaign->journal->last_run_ms / 1000), now,
			age),
		    campaign->journal->last_exit);
}

static void
print_receiver(const struct overview *overview)
{
	const struct overview_campaign *campaign = overview->campaigns;
	const struct overview_campaign *end = campaign + overview->count;

	for (; campaign < end; campaign++) {
		printf("%s: the receiver ", campaign->counts.name);
		if (campaign->receiver.status == 0)
			printf("does not answer");
		else
			printf("answers %d", campaign->receiver.status);
		printf(": %s\n", campaign->receiver.text);
	}
}

static void
print_notes(const struct overview *overview)
{
	const struct overview_campaign *campaign = overview->campaigns;
	const struct overview_campaign *end = campaign + overview->count;
	char text[CONDITION_SIZE];

	if (!overview_is_known(overview))
		printf("%s: what came is not known\n",
		    condition_say(&overview->journal, text));
	for (; campaign < end; campaign++) {
		const struct counts *counts = &campaign->counts;

		if (report_is_future(counts, overview->now))
			printf("%s: a batch is dated after now: a clock was "
			       "wrong, and its age does not count\n",
			    counts->name);
		print_foreign(counts);
		if (counts->leftovers > 0)
			printf("%s: tmp/ has %" PRIu64 " file%s: being "
			       "written, or left by a crash\n",
			    counts->name, counts->leftovers,
			    tool_plural(counts->leftovers));
		print_refused(counts->name, campaign->journal, overview->now);
		print_failure(campaign, overview->now);
	}
	print_refused("no campaign", overview->nobody, overview->now);
	if (overview->is_asked)
		print_receiver(overview);
}

#define COUNT_SIZE 24

/* "-" for what only a journal would know. */
static const char *
show_count(
    const struct overview *overview, uint64_t count, char text[COUNT_SIZE])
{
	if (!overview_is_known(overview))
		return "-";
	snprintf(text, COUNT_SIZE, "%" PRIu64, count);
	return text;
}

/* 78 columns with a name of 14. */
void
report_table(const struct overview *overview)
{
	char ages[3][REPORT_AGE_SIZE], today[COUNT_SIZE], refused[COUNT_SIZE];
	const time_t now = overview->now;
	size_t i;

	printf("%-14s %7s %7s %7s %7s %6s %5s %6s %5s %5s\n", "CAMPAIGN",
	    "TODAY", "REFUSED", "ARRIVED", "WAITING", "OLDEST", "TAKEN",
	    "FAILED", "ASIDE", "DONE");
	for (i = 0; i < overview->count; i++) {
		const struct overview_campaign *c = &overview->campaigns[i];
		const struct summary_campaign *journal = c->journal;

		printf("%-14s %7s %7s %7s %7" PRIu64 " %6s %5s %6" PRIu64
		       " %5" PRIu64 " %5" PRIu64 "\n",
		    c->counts.name,
		    show_count(overview, journal->today.users, today),
		    show_count(overview, journal->today.refused, refused),
		    report_show_age(overview_last_arrival(c), now, ages[0]),
		    c->counts.users,
		    report_show_age(c->counts.oldest, now, ages[1]),
		    report_show_age((time_t)(journal->last_success_ms / 1000),
			now, ages[2]),
		    c->counts.failed, c->counts.aside, c->counts.done);
	}
	print_notes(overview);
}
