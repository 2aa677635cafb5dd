#include "drain/backoff.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "spool/campaign.h"

#define NEVER INT64_MAX

struct backoff_entry {
	size_t path;
	char name[CAMPAIGN_NAME_MAX + 1];
	uint64_t seconds;
	int64_t until; /* by clock_ms, or NEVER */
	batch_name unreadable;
};

static struct backoff_entry *
backoff_find(const struct backoff *backoff, size_t path, const char *name)
{
	size_t i;

	for (i = 0; i < backoff->count; i++)
		if (backoff->entries[i].path == path &&
		    !strcmp(backoff->entries[i].name, name))
			return &backoff->entries[i];
	return NULL;
}

bool
backoff_is_due(const struct backoff *backoff, size_t path, const char *name)
{
	const struct backoff_entry *entry = backoff_find(backoff, path, name);

	return !entry || clock_ms() >= entry->until;
}

/* NULL: no memory. */
static struct backoff_entry *
find_or_add(struct backoff *backoff, size_t path, const char *name)
{
	struct backoff_entry *entries = backoff_find(backoff, path, name);

	if (entries)
		return entries;
	entries =
	    realloc(backoff->entries, (backoff->count + 1) * sizeof *entries);
	if (!entries)
		return NULL;
	backoff->entries = entries;
	entries += backoff->count++;
	*entries = (struct backoff_entry){.path = path};
	memcpy(entries->name, name, strlen(name) + 1);
	return entries;
}

void
backoff_note(
    struct backoff *backoff, size_t path, const char *name, bool went_well)
{
	struct backoff_entry *entry;

	if (went_well) {
		entry = backoff_find(backoff, path, name);
		if (entry)
			*entry = backoff->entries[--backoff->count];
		return;
	}
	entry = find_or_add(backoff, path, name);
	if (!entry)
		return;
	entry->seconds = entry->seconds ? entry->seconds * 2 : 1;
	if (entry->seconds > backoff->longest)
		entry->seconds = backoff->longest;
	entry->until = backoff->for_good
			   ? NEVER
			   : clock_ms() + (int64_t)entry->seconds * 1000;
	entry->unreadable[0] = '\0';
}

void
backoff_note_unreadable(struct backoff *backoff, size_t path, const char *name,
    const char *unreadable)
{
	struct backoff_entry *entry = find_or_add(backoff, path, name);

	if (!entry)
		return;
	entry->until = clock_ms();
	memcpy(entry->unreadable, unreadable, strlen(unreadable) + 1);
}

void
backoff_unreadable(const struct backoff *backoff, size_t path, const char *name,
    batch_name unreadable)
{
	const struct backoff_entry *entry = backoff_find(backoff, path, name);

	unreadable[0] = '\0';
	if (entry)
		memcpy(unreadable, entry->unreadable, sizeof(batch_name));
}

void
backoff_forget_gone(struct backoff *backoff, int64_t started)
{
	size_t i = 0;

	while (i < backoff->count) {
		if (backoff->entries[i].until <= started)
			backoff->entries[i] =
			    backoff->entries[--backoff->count];
		else
			i++;
	}
}

int
backoff_ms(const struct backoff *backoff)
{
	int64_t time = clock_ms(), left, least = -1;
	size_t i;

	for (i = 0; i < backoff->count; i++) {
		/* Too far away for an int. */
		if (backoff->entries[i].until == NEVER)
			continue;
		left = backoff->entries[i].until - time;
		if (left < 0)
			left = 0;
		if (least < 0 || left < least)
			least = left;
	}
	return (int)least;
}

void
backoff_free(struct backoff *backoff)
{
	free(backoff->entries);
	*backoff = (struct backoff){0};
}
