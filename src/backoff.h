/*
 * backoff.h: which campaigns a follower leaves alone for a while, each by
 * itself: 1 second after a failure, then twice as long each time, up to 60.
 */
#ifndef BACKOFF_H
#define BACKOFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "campaign.h"

struct backoff {
	struct backoff_entry {
		char name[CAMPAIGN_NAME_MAX + 1];
		unsigned seconds;
		int64_t until; /* CLOCK_MONOTONIC, ms */
	} * entries;           /* owned */
	size_t count;
};

bool backoff_is_due(const struct backoff *backoff, const char *name);

/* Notes how it went. Without memory a failure is forgotten. */
void backoff_note(struct backoff *backoff, const char *name, bool went_well);

/* ms until the next one is due, or -1 when none is waited for. */
int backoff_ms(const struct backoff *backoff);
void backoff_free(struct backoff *backoff);

#endif
