/*
 * part.h: some lines of a batch become a batch of their own.
 *
 * Its name begins as that of the batch that they come from: it is as old, and
 * sorts behind it and before all others.
 */
#ifndef PART_H
#define PART_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "spool/batches.h"

/* Lines from FROM to below TO, numbered from 0: those in a list, or all others.
 */
struct part_lines {
	size_t from, to;
	const size_t *listed; /* in order */
	size_t count;
	bool wanted; /* those that are in the list */
};

/*
 * Copies lines of a batch in NEW to the folder TARGET, by way of tmp/ of the
 * campaign FOLDER; they are USERS lines. 0: they are there, durably, and NAME
 * has their batch's name. -1 and errno: they are not there. The batch stays as
 * it is.
 */
int part_write(int folder, int new, const char *batch,
    const struct part_lines *lines, size_t users, int target,
    batch_name name) MUST_USE;

#endif
