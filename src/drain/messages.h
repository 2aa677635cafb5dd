/*
 * messages.h: what a drain reports on standard error while it goes on, one line
 * each. Of this folder only drain.c also writes there, before the drain begins.
 *
 * Each call first wipes the progress line of a terminal. The reason, unless it
 * is an argument, is in errno.
 */
#ifndef MESSAGES_H
#define MESSAGES_H

#include <sys/types.h>

#include "drain/drain_options.h"
#include "drain/feed.h"
#include "drain/progress.h"

struct messages {
	const struct drain_options *options;
	const struct progress *progress;
};

/* HOLDER as from lock_campaign. */
void messages_not_locked(
    const struct messages *messages, const char *campaign, pid_t holder);

/* It cannot "open" or "read" WHAT: "new/" or a batch. */
void messages_cannot(const struct messages *messages, const char *campaign,
    const char *action, const char *what);

/* How a run ended without success; its batches stay. */
void messages_not_taken(const struct messages *messages, const char *campaign,
    batch_name *names, size_t count, struct feed_result result);

/* The command was told a wrong number of users, BY_NAME, and failed. */
void messages_miscounted(const struct messages *messages, const char *campaign,
    batch_name *names, size_t count, size_t users, size_t by_name);

/* REFUSED of all USERS of BATCH are in failed/ now, in the batch IN. */
void messages_refused(const struct messages *messages, const char *campaign,
    const char *batch, size_t refused, size_t users, const char *in);

/* The part of BATCH that belongs to the folder STATE could not be written. */
void messages_not_parted(const struct messages *messages, const char *campaign,
    const char *batch, const char *state);

/* BATCH has failed so many times in a row, and those from BEHIND on wait. */
void messages_head(const struct messages *messages, const char *campaign,
    const char *batch, uint64_t failures, const struct batches *batches,
    size_t behind);

/* BATCH stays, and those behind it are handed over. */
void messages_skipped(
    const struct messages *messages, const char *campaign, const char *batch);

/* STATE as for put_away. */
void messages_not_put_away(
    const struct messages *messages, const char *campaign, const char *state);

void messages_not_opened(const struct messages *messages, const char *campaign);
void messages_not_watched(const struct messages *messages, const char *path);

/* TEXT is the whole message. */
void messages_fault(const struct messages *messages, const char *text);

#endif
