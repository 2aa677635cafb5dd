/* An entry is added: journal/summary_inside.h. */
#include <string.h>

#include "journal/summary_inside.h"

#define OK 200
#define NOT_FOUND 404 /* there is no such campaign */

const unsigned summary_bucket_ms[SUMMARY_BUCKETS - 1] = {
    5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000};

/* NULL: the hour is not among them. */
static struct summary_hour *
hour_of(const struct summary *summary, struct summary_campaign *campaign,
    int64_t at_ms)
{
	const int64_t ago =
	    summary->now_ms / SUMMARY_HOUR_MS - at_ms / SUMMARY_HOUR_MS;

	return ago < 0 || ago >= SUMMARY_HOURS
		   ? NULL
		   : &campaign->hours[SUMMARY_HOURS - 1 - ago];
}

static void
add_status(struct summary_campaign *campaign, unsigned status, uint64_t count)
{
	struct summary_status *at = campaign->statuses;
	struct summary_status *const end = at + SUMMARY_STATUSES;

	while (at < end && at->requests > 0 && at->status != status)
		at++;
	if (at == end)
		return;
	at->status = status;
	at->requests += count;
}

/* A minute's requests are all counted with their mean. */
static void
add_time(struct summary_campaign *campaign, const struct journal_entry *entry)
{
	const uint64_t ms =
	    entry->requests > 0 ? entry->ms / entry->requests : 0;
	size_t i = 0;

	while (i < SUMMARY_BUCKETS - 1 && ms > summary_bucket_ms[i])
		i++;
	campaign->buckets[i] += entry->requests;
	campaign->stored_ms += entry->ms;
}

static bool
is_text(struct entry_text text, const char *wanted)
{
	return text.size == strlen(wanted) &&
	       !memcmp(text.start, wanted, text.size);
}

static int
add_page(struct summary_campaign *campaign, const struct journal_entry *entry)
{
	struct summary_cohort *cohort;
	char project[sizeof cohort->project], id[sizeof cohort->id];

	entry_text_show(entry->project, project, sizeof project);
	entry_text_show(entry->cohort, id, sizeof id);
	cohort = summary_cohort(campaign, project, id);
	if (!cohort)
		return -1;
	if (is_text(entry->action, "members") &&
	    entry->at_ms > cohort->last_full_ms)
		cohort->last_full_ms = entry->at_ms;
	if (entry->at_ms < cohort->last_ms)
		return 0;
	cohort->last_ms = entry->at_ms;
	cohort->page_users = entry->users;
	cohort->page = entry->page;
	cohort->pages = entry->pages;
	entry_text_show(entry->action, cohort->action, sizeof cohort->action);
	if (entry->name.size > 0)
		entry_text_show(entry->name, cohort->name, sizeof cohort->name);
	return 0;
}

static void
add_refusal(
    struct summary_campaign *campaign, const struct journal_entry *entry)
{
	if (entry->at_ms < campaign->last_refusal_ms)
		return;
	/* A minute has no reason: that of the request before it, if any. */
	if (entry->why.size > 0 || entry->status != campaign->last_status)
		entry_text_show(
		    entry->why, campaign->last_why, sizeof campaign->last_why);
	campaign->last_refusal_ms = entry->at_ms;
	campaign->last_status = entry->status;
}

static void
add_run(struct summary_campaign *campaign, const struct journal_entry *entry,
    bool is_future)
{
	campaign->runs++;
	campaign->failed_runs += entry->exit != 0;
	if (is_future)
		return;
	if (entry->exit == 0 && entry->at_ms >= campaign->last_success_ms)
		campaign->last_success_ms = entry->at_ms;
	if (entry->at_ms < campaign->last_run_ms)
		return;
	campaign->last_run_ms = entry->at_ms;
	campaign->last_run_users = entry->users;
	campaign->last_exit = entry->exit;
}

static int
add_stored(struct summary_campaign *campaign, const struct journal_entry *entry,
    bool is_future)
{
	campaign->users += entry->users;
	campaign->aside += entry->aside;
	add_time(campaign, entry);
	if (is_future)
		return 0;
	if (entry->at_ms > campaign->last_arrival_ms)
		campaign->last_arrival_ms = entry->at_ms;
	return entry->cohort.size > 0 ? add_page(campaign, entry) : 0;
}

/* A campaign that stored or drained something is there. */
static struct summary_campaign *
campaign_of(struct summary *summary, const struct journal_entry *entry)
{
	const struct entry_text none = {"", 0};

	return summary_campaign(summary,
	    entry->status == NOT_FOUND ? none : entry->campaign,
	    entry->kind == ENTRY_RUN || entry->status == OK);
}

int
summary_add(struct summary *summary, const struct journal_entry *entry,
    int64_t latest_ms)
{
	const bool is_future = entry->at_ms > latest_ms;
	struct summary_campaign *campaign;
	struct summary_hour *hour;

	if (entry->probe > 0)
		return 0;
	campaign = campaign_of(summary, entry);
	if (!campaign)
		return -1;
	if (entry->kind == ENTRY_RUN) {
		add_run(campaign, entry, is_future);
		return 0;
	}
	if (entry->requests == 0)
		return 0;
	add_status(campaign, entry->status, entry->requests);
	hour = is_future ? NULL : hour_of(summary, campaign, entry->at_ms);
	if (hour) {
		hour->requests += entry->requests;
		hour->users += entry->status == OK ? entry->users : 0;
		hour->refused += entry->status == OK ? 0 : entry->requests;
	}
	if (entry->status == OK)
		return add_stored(campaign, entry, is_future);
	if (!is_future)
		add_refusal(campaign, entry);
	return 0;
}
