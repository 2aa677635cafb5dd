/*
 * forget_batch.h: takes some people out of one batch.
 *
 * The lines about others are written beside, in tmp/, and are durable before
 * that file takes the place of the batch, under the same name, in one step. So
 * at each moment the batch is there once, whole: with the people, or without.
 * Only then it gets the name for its number of lines. A batch about nobody else
 * is removed.
 */
#ifndef FORGET_BATCH_H
#define FORGET_BATCH_H

#include <stdbool.h>

#include "base/attributes.h"
#include "tool/pick.h"

struct forget_folders {
	int campaign, tmp, state;
	bool keeps_names; /* aside/, where the number is not that of its lines
			   */
};

/*
 * Takes the people of PICK out of a batch of `state`, whose campaign's lock the
 * caller has. 0: they are out, durably, and COUNTS is about the batch as it
 * was; with none wanted nothing was changed. -1 and errno, ENOENT: another
 * process has taken it; EMLINK: it has a second name, by which they could still
 * be read, or could come back; they may be out all the same, and not durably,
 * or what was the batch may still be in tmp/.
 */
int forget_batch(struct pick *pick, const struct forget_folders *folders,
    const char *batch, bool is_dry, struct pick_counts *counts) MUST_USE;

/*
 * Removes from tmp/ what a holder of the lock has left there, who is dead: it
 * may be about anybody. 0, or -1 and errno.
 */
int forget_leftovers(int tmp) MUST_USE;

#endif
