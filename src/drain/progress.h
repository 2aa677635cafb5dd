/*
 * progress.h: one line on a terminal that says how far a drain is; nothing
 * where standard error is no terminal, as in cron.
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

/* So many bytes are to come: the sizes of these batches. */
void progress_expect(
    struct progress *progress, int folder, const struct batches *batches);

void progress_bytes(struct progress *progress, size_t bytes);
void progress_users(struct progress *progress, size_t users);

/* Makes room for another line. */
void progress_clear(const struct progress *progress);

/* Leaves a last line that sums it up, if there was anything. */
void progress_end(struct progress *progress);

#endif
