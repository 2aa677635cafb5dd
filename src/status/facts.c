#include "status/facts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "journal/day.h"
#include "journal/journal.h"
#include "journal/reader.h"
#include "spool/folder.h"

static int
facts_compare(const void *a, const void *b)
{
	const struct facts_campaign *one = a, *other = b;

	return strcmp(one->name, other->name);
}

static void
facts_add(struct facts *facts, const char *name)
{
	struct facts_campaign *campaign;

	if (facts->count == FACTS_CAMPAIGNS) {
		facts->left_out++;
		return;
	}
	campaign = &facts->campaigns[facts->count++];
	memcpy(campaign->name, name, strlen(name) + 1);
}

/* Is it a folder, and not a file or a link of such a name? */
static bool
facts_is_campaign(int spool, const char *name)
{
	struct campaign_stat stat;

	return campaign_is_name(name) && campaign_stat(spool, name, &stat) == 0;
}

static int
facts_list(int spool, struct facts *facts)
{
	const char *name;
	DIR *stream = folder_list(spool);

	if (!stream)
		return -1;
	while ((name = folder_next(stream)))
		if (facts_is_campaign(spool, name))
			facts_add(facts, name);
	folder_close(stream);
	if (errno)
		return -1;
	qsort(facts->campaigns, facts->count, sizeof *facts->campaigns,
	    facts_compare);
	return 0;
}

/* By its name, 20261124T065034.123456Z-…; 0: there is none, or no such day. */
static int64_t
facts_time_of(const char *batch)
{
	char text[DAY_TIME_SIZE];
	int64_t ms;

	if (!*batch)
		return 0;
	snprintf(text, sizeof text, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2s.%.3sZ",
	    batch, batch + 4, batch + 6, batch + 9, batch + 11, batch + 13,
	    batch + 16);
	return day_read_time(text, DAY_TIME_SIZE - 1, &ms) < 0 ? 0 : ms;
}

static void
facts_count(int spool, struct facts *facts)
{
	const size_t max = FACTS_NAMES / (facts->count ? facts->count : 1);
	size_t i;

	for (i = 0; i < facts->count; i++) {
		struct facts_campaign *campaign = &facts->campaigns[i];

		if (backlog_read(
			spool, campaign->name, max, &campaign->backlog) < 0)
			campaign->error = errno;
		campaign->oldest_ms =
		    facts_time_of(campaign->backlog.new.oldest);
		campaign->newest_ms =
		    facts_time_of(campaign->backlog.new.newest);
		campaign->summary =
		    summary_find(&facts->summary, campaign->name);
	}
}

struct facts_newest {
	struct facts *facts;
	const char *campaign; /* or NULL */
};

static bool
facts_is_text(struct entry_text text, const char *other)
{
	return text.size == strlen(other) &&
	       memcmp(text.start, other, text.size) == 0;
}

static bool
facts_matches(void *to, const struct journal_entry *entry)
{
	const struct facts_newest *newest = to;

	return entry->kind != ENTRY_RUN &&
	       (!newest->campaign ||
		   facts_is_text(entry->campaign, newest->campaign));
}

static void
facts_take(void *to, const struct journal_entry *entry)
{
	const struct facts_newest *newest = to;
	struct facts *facts = newest->facts;
	struct facts_request *request;

	if (facts->request_count == FACTS_REQUESTS)
		return;
	request = &facts->requests[facts->request_count++];
	*request = (struct facts_request){
	    .at_ms = entry->at_ms,
	    .status = entry->status,
	    .requests = entry->requests,
	    .users = entry->users,
	    .aside = entry->aside,
	    .bytes = entry->bytes,
	    .page = entry->page,
	    .pages = entry->pages,
	    .is_probe = entry->probe > 0,
	};
	entry_text_show(
	    entry->campaign, request->campaign, sizeof request->campaign);
	entry_text_show(entry->format, request->format, sizeof request->format);
	entry_text_show(entry->action, request->action, sizeof request->action);
	entry_text_show(entry->name, request->name, sizeof request->name);
	entry_text_show(entry->why, request->why, sizeof request->why);
}

static int
facts_read_journal(int spool, const char *campaign, struct facts *facts)
{
	struct facts_newest newest = {facts, campaign};
	int journal = folder_open(spool, JOURNAL_FOLDER), result = -1;

	facts->journal = condition_read(spool, facts->now_ms);
	if (summary_read_recent(journal, facts->now_ms, &facts->summary) == 0 &&
	    reader_newest(journal, facts->now_ms, FACTS_DAYS, FACTS_REQUESTS,
		facts_matches, facts_take, &newest) == 0)
		result = 0;
	if (result < 0 && errno != ENOMEM) {
		facts->journal =
		    (struct condition){CONDITION_UNREADABLE, errno};
		result = 0;
	}
	fd_close(journal);
	return result;
}

static void
facts_read_room(int spool, struct facts *facts)
{
	struct campaign_stat stat;

	if (facts->count == 0 ||
	    campaign_stat(spool, facts->campaigns[0].name, &stat) < 0) {
		facts->free_error = ENOENT;
		return;
	}
	facts->free_bytes = stat.free_bytes;
	facts->free_files = stat.free_files;
}

int
facts_read(int spool, const char *campaign, int64_t now_ms, struct facts *facts)
{
	*facts = (struct facts){.now_ms = now_ms};
	facts->campaigns = calloc(FACTS_CAMPAIGNS, sizeof *facts->campaigns);
	facts->requests = calloc(FACTS_REQUESTS, sizeof *facts->requests);
	if (!facts->campaigns || !facts->requests) {
		facts_free(facts);
		errno = ENOMEM;
		return -1;
	}
	if (campaign)
		facts_add(facts, campaign);
	if ((campaign || facts_list(spool, facts) == 0) &&
	    facts_read_journal(spool, campaign, facts) == 0) {
		facts_count(spool, facts);
		facts_read_room(spool, facts);
		return 0;
	}
	facts_free(facts);
	return -1;
}

/* Keeps errno. */
void
facts_free(struct facts *facts)
{
	const int error = errno;

	summary_free(&facts->summary);
	free(facts->campaigns);
	free(facts->requests);
	*facts = (struct facts){0};
	errno = error;
}

bool
facts_is_post(const struct facts_request *request)
{
	return !request->is_probe && (*request->format || request->bytes > 0);
}
