/*
 * messages.h: what a drain says on standard error while it goes on: a line
 * each, with a campaign's name in front. Nothing else in this folder speaks,
 * except drain.c before it begins.
 *
 * A terminal's progress line makes room first. Where there is no other reason,
 * it is in errno.
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

/* HOLDER, a process or 0, has the lock when errno is EAGAIN. */
void messages_not_locked(
    const struct messages *messages, const char *campaign, pid_t holder);

/* ACTION failed on WHAT, "new/" or a batch. */
void messages_cannot(const struct messages *messages, const char *campaign,
    const char *action, const char *what);

/* How a run ended that was not taken, and that its batches stay. */
void messages_not_taken(const struct messages *messages, const char *campaign,
    batch_name *names, size_t count, struct feed_result result);

void messages_refused(
    const struct messages *messages, const char *campaign, const char *batch);

/* STATE as for put_away. */
void messages_not_put_away(
    const struct messages *messages, const char *campaign, const char *state);

/* TEXT is a whole line. */
void messages_fault(const struct messages *messages, const char *text);

void messages_not_opened(const struct messages *messages, const char *campaign);

void messages_not_watched(const struct messages *messages, const char *path);

#endif
