/*
 * backoff.h: which campaigns a follower leaves alone for a while, each by
 * itself: 1 second after a failure, then twice as long each time, up to 60.
 */
#ifndef BACKOFF_H
#define BACKOFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct backoff {
	struct backoff_entry {
		dev_t
		    device;  /* of the campaign's folder: two spools may have */
		ino_t inode; /* campaigns of the same name */
		unsigned seconds;
		int64_t until; /* by clock_ms */
	} * entries;           /* owned */
	size_t count;
};

/* FOLDER is the campaign's, open. One that cannot be told is always due. */
bool backoff_is_due(const struct backoff *backoff, int folder);

/* Notes how it went. Without memory a failure is forgotten. */
void backoff_note(struct backoff *backoff, int folder, bool went_well);

/*
 * Forgets what was due when a look at all campaigns began, at clock_ms STARTED,
 * and is noted still: that campaign is gone.
 */
void backoff_forget_gone(struct backoff *backoff, int64_t started);

/* ms until the next one is due, or -1 when none is waited for. */
int backoff_ms(const struct backoff *backoff);
void backoff_free(struct backoff *backoff);

#endif
