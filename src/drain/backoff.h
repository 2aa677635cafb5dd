/*
 * backoff.h: what a drain leaves alone after a failure, each by itself: 1
 * second, then twice as long each time, up to 60; or for good.
 *
 * A campaign has its name and the index of the path that it was found by; with
 * the name "" it is that path as a whole.
 */
#ifndef BACKOFF_H
#define BACKOFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spool/batches.h"
#include "spool/campaign.h"

struct backoff {
	bool for_good; /* what failed once is never due again */
	struct backoff_entry {
		size_t path;
		char name[CAMPAIGN_NAME_MAX + 1];
		unsigned seconds;
		int64_t until;     /* by clock_ms */
		batch_name passed; /* "" for none */
	} * entries;               /* owned */
	size_t count;
};

bool backoff_is_due(
    const struct backoff *backoff, size_t path, const char *name);

/* Notes how it went. Without memory a failure is forgotten. */
void backoff_note(
    struct backoff *backoff, size_t path, const char *name, bool went_well);

/*
 * A turn of the campaign ended behind a batch that it could not read: the
 * campaign is due at once, and its batches up to PASSED are left alone until it
 * is noted how its last turn went. Without memory they are tried again.
 */
void backoff_pass(
    struct backoff *backoff, size_t path, const char *name, const char *passed);

/* Up to which batch, "" for none. Valid until the next note. */
const char *backoff_passed(
    const struct backoff *backoff, size_t path, const char *name);

/*
 * Forgets what was due when a look at all campaigns began, at clock_ms STARTED,
 * and is noted still: that campaign is gone.
 */
void backoff_forget_gone(struct backoff *backoff, int64_t started);

/* ms until the next one is due, or -1 when none is waited for. */
int backoff_ms(const struct backoff *backoff);
void backoff_free(struct backoff *backoff);

#endif
