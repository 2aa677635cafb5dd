/* The campaigns and cohorts of a summary: journal/summary_inside.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/summary_inside.h"

/* Room for one more of COUNT, which doubles. NULL: no memory. */
static void *
grow(void *all, size_t count, size_t size)
{
	if ((count & (count - 1)) != 0)
		return all;
	return realloc(all, (count > 0 ? 2 * count : 1) * size);
}

static int
compare(struct entry_text name, const char *campaign)
{
	const size_t size = strlen(campaign);
	const int order =
	    memcmp(name.start, campaign, name.size < size ? name.size : size);

	return order != 0 ? order : (name.size > size) - (name.size < size);
}

/* Where the name is, or belongs. */
static size_t
find(const struct summary *summary, struct entry_text name, bool *is_there)
{
	size_t low = 0, high = summary->count, middle;
	int order;

	*is_there = true;
	while (low < high) {
		middle = low + (high - low) / 2;
		order = compare(name, summary->campaigns[middle].campaign);
		if (order == 0)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	*is_there = false;
	return low;
}

/* False for none, too. */
static bool
is_name(struct entry_text name)
{
	char copy[CAMPAIGN_NAME_MAX + 1];

	if (name.size > CAMPAIGN_NAME_MAX)
		return false;
	memcpy(copy, name.start, name.size);
	copy[name.size] = '\0';
	return strlen(copy) == name.size && campaign_is_name(copy);
}

static struct summary_campaign *
insert(struct summary *summary, size_t at, struct entry_text name)
{
	struct summary_campaign *all = grow(
	    summary->campaigns, summary->count, sizeof *summary->campaigns);

	if (!all)
		return NULL;
	summary->campaigns = all;
	memmove(all + at + 1, all + at, (summary->count++ - at) * sizeof *all);
	all[at] = (struct summary_campaign){0};
	memcpy(all[at].campaign, name.start, name.size);
	return &all[at];
}

struct summary_campaign *
summary_campaign(struct summary *summary, struct entry_text name, bool is_sure)
{
	const struct entry_text none = {"", 0};
	bool is_there;
	size_t at;

	if (name.size == 0)
		name = none;
	at = find(summary, name, &is_there);
	if (!is_there &&
	    (!is_name(name) ||
		(!is_sure && summary->count >= SUMMARY_REFUSED_CAMPAIGNS))) {
		name = none;
		at = find(summary, name, &is_there);
	}
	return is_there ? &summary->campaigns[at] : insert(summary, at, name);
}

static struct summary_cohort *
oldest(struct summary_campaign *campaign)
{
	struct summary_cohort *found = campaign->cohorts, *cohort = found;

	for (; cohort < campaign->cohorts + campaign->cohort_count; cohort++)
		if (cohort->last_ms < found->last_ms)
			found = cohort;
	return found;
}

struct summary_cohort *
summary_cohort(
    struct summary_campaign *campaign, const char *project, const char *id)
{
	struct summary_cohort *cohort;
	size_t i;

	for (i = 0; i < campaign->cohort_count; i++) {
		cohort = &campaign->cohorts[i];
		if (!strcmp(cohort->id, id) &&
		    !strcmp(cohort->project, project))
			return cohort;
	}
	if (campaign->cohort_count < SUMMARY_COHORTS) {
		cohort = grow(
		    campaign->cohorts, campaign->cohort_count, sizeof *cohort);
		if (!cohort)
			return NULL;
		campaign->cohorts = cohort;
		cohort += campaign->cohort_count++;
	} else {
		cohort = oldest(campaign);
	}
	*cohort = (struct summary_cohort){0};
	snprintf(cohort->project, sizeof cohort->project, "%s", project);
	snprintf(cohort->id, sizeof cohort->id, "%s", id);
	return cohort;
}
