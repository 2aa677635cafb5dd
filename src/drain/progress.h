/*
 * progress.h: one line that shows how far a drain is; only where standard error
 * is a terminal, so not in cron.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdint.h>

#include "spool/batches.h"
#include "tool/meter.h"

struct progress {
	struct meter meter;
	uint64_t users, bytes, expected_bytes;
};

void progress_start(struct progress *progress);

/* The bytes of these batches are to come. */
void progress_expect(
    struct progress *progress, int folder, const struct batches *batches);

void progress_bytes(struct progress *progress, size_t bytes);
void progress_users(struct progress *progress, size_t users);

/* Wipes the line, for a message in its place. */
void progress_clear(const struct progress *progress);

/* Leaves a last line that sums up, if there was a user. */
void progress_end(struct progress *progress);

#endif
