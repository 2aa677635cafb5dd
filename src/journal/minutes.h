/*
 * minutes.h: requests of a minute, counted instead of written: a part of
 * journal.c, whose mutex the callers hold.
 */
#ifndef MINUTES_H
#define MINUTES_H

#include "journal/entry.h"
#include "spool/campaign.h"

#define MINUTES_MAX 256 /* counts at a time, some 30 KiB */

struct minute {
	int64_t minute; /* since 1970 */
	unsigned status;
	char campaign[CAMPAIGN_NAME_MAX + 1]; /* empty: none */
	uint64_t requests, users, aside, bytes, ms;
};

/* {0} is empty. */
struct minutes {
	struct minute *all; /* owned; NULL before the first one */
	size_t count;
};
void minutes_free(struct minutes *minutes);

/*
 * Counts a request. With MINUTES_MAX counts in hand it goes to another minute
 * of the same campaign and status; if there is none, or no memory, it is lost.
 * So is one of doctor, which nothing counts.
 */
void minutes_add(struct minutes *minutes, const struct journal_entry *request);

/* A count whose minute has ended before NOW_MS, or NULL. */
struct minute *minutes_ended(
    const struct minutes *minutes, int64_t now_ms) MUST_USE;

/* Its entry, which borrows the campaign. */
struct journal_entry minutes_entry(const struct minute *minute);

void minutes_drop(struct minutes *minutes, struct minute *minute);

#endif
