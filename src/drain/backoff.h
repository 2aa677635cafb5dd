/*
 * backoff.h: what a drain leaves alone after a failure, each by itself: for 1
 * second, then twice as long each time, up to LONGEST; or for good.
 *
 * A campaign is its name and the index of the path in which it was found; with
 * the name "" it is that path as a whole. Without memory a note is forgotten.
 */
#ifndef BACKOFF_H
#define BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#include "spool/batches.h"

#define BACKOFF_LONGEST 60 /* seconds, where nothing else is wanted */

struct backoff {
	uint64_t longest;              /* seconds, from 1 up to a day */
	bool for_good;                 /* what failed once is never due again */
	struct backoff_entry *entries; /* owned; of backoff.c */
	size_t count;
};

bool backoff_is_due(
    const struct backoff *backoff, size_t path, const char *name);

void backoff_note(
    struct backoff *backoff, size_t path, const char *name, bool went_well);

/*
 * Notes which batch a turn could not read before its time was up. The campaign
 * is due at once. Until the next note of either kind, UNREADABLE gets this
 * name;
 * "" when there is none.
 */
void backoff_note_unreadable(struct backoff *backoff, size_t path,
    const char *name, const char *unreadable);
void backoff_unreadable(const struct backoff *backoff, size_t path,
    const char *name, batch_name unreadable);

/* A round of all campaigns began at STARTED (clock_ms). An entry that was due
   then and was not noted in it is of a campaign that is gone: forgets it. */
void backoff_forget_gone(struct backoff *backoff, int64_t started);

/* ms until the next one is due, or -1 when none ever will be. */
int backoff_ms(const struct backoff *backoff);
void backoff_free(struct backoff *backoff);

#endif
