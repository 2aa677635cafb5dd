/*
 * commit_batch.h: the batch of one group of requests; a part of commit.c.
 */
#ifndef COMMIT_BATCH_H
#define COMMIT_BATCH_H

#include <stdbool.h>

#include "base/attributes.h"
#include "spool/commit.h"
#include "spool/spool.h"

/* The folders of a campaign whose names are known to be on disk, and which were
   swept (spool_sweep). */
struct commit_settled {
	bool is_known;
	struct campaign_identity identity;
};

/*
 * Commits the lines of all requests of GROUP, which name the same campaign, as
 * one batch. 0: they are durable. An errno: none of them is in new/. ESTALE:
 * the campaign's name means another folder than it did when the requests came.
 *
 * Nothing of a campaign stays open between two batches: it may be removed and
 * made anew. Two requests may have found the same folder under two names, when
 * it was renamed in between; by now one of the names means another folder,
 * which must not get what is not for it.
 */
int commit_batch(struct commit_settled *settled, struct spool_names *names,
    const struct commit_request *group) MUST_USE;

#endif
