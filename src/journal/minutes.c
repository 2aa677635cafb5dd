#include "journal/minutes.h"

#include <stdlib.h>
#include <string.h>

#define MINUTE_MS 60000

void
minutes_free(struct minutes *minutes)
{
	free(minutes->all);
	*minutes = (struct minutes){0};
}

static bool
is_of(const struct minute *minute, const struct journal_entry *request)
{
	const struct entry_text campaign = request->campaign;

	return minute->status == request->status &&
	       strlen(minute->campaign) == campaign.size &&
	       (campaign.size == 0 ||
		   !memcmp(minute->campaign, campaign.start, campaign.size));
}

/* The count that a request belongs to, or with room for no other one, one of
   another minute; NULL: there is none. */
static struct minute *
find(const struct minutes *minutes, const struct journal_entry *request)
{
	struct minute *minute, *other = NULL;
	size_t i;

	for (i = 0; i < minutes->count; i++) {
		minute = &minutes->all[i];
		if (!is_of(minute, request))
			continue;
		if (minute->minute == request->at_ms / MINUTE_MS)
			return minute;
		other = minute;
	}
	return minutes->count < MINUTES_MAX ? NULL : other;
}

static struct minute *
begin(struct minutes *minutes, const struct journal_entry *request)
{
	const struct entry_text campaign = request->campaign;
	struct minute *minute;

	if (!minutes->all)
		minutes->all = calloc(MINUTES_MAX, sizeof *minutes->all);
	if (!minutes->all || minutes->count == MINUTES_MAX ||
	    campaign.size > CAMPAIGN_NAME_MAX)
		return NULL;
	minute = &minutes->all[minutes->count++];
	*minute = (struct minute){
	    .minute = request->at_ms / MINUTE_MS, .status = request->status};
	if (campaign.size > 0)
		memcpy(minute->campaign, campaign.start, campaign.size);
	return minute;
}

void
minutes_add(struct minutes *minutes, const struct journal_entry *request)
{
	struct minute *minute =
	    request->probe > 0 ? NULL : find(minutes, request);

	if (!minute && request->probe == 0)
		minute = begin(minutes, request);
	if (!minute)
		return;
	minute->requests += request->requests;
	minute->users += request->users;
	minute->aside += request->aside;
	minute->bytes += request->bytes;
	minute->ms += request->ms;
}

struct minute *
minutes_ended(const struct minutes *minutes, int64_t now_ms)
{
	size_t i;

	for (i = 0; i < minutes->count; i++)
		/* Also one that a clock has left behind, or ahead. */
		if (minutes->all[i].minute != now_ms / MINUTE_MS)
			return &minutes->all[i];
	return NULL;
}

struct journal_entry
minutes_entry(const struct minute *minute)
{
	return (struct journal_entry){
	    .kind = ENTRY_MINUTE,
	    .at_ms = minute->minute * MINUTE_MS,
	    .campaign = {minute->campaign, strlen(minute->campaign)},
	    .status = minute->status,
	    .requests = minute->requests,
	    .users = minute->users,
	    .aside = minute->aside,
	    .bytes = minute->bytes,
	    .ms = minute->ms,
	};
}

void
minutes_drop(struct minutes *minutes, struct minute *minute)
{
	*minute = minutes->all[--minutes->count];
}
