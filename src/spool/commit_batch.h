/*
 * commit_batch.h: the batch of one group of requests; a part of commit.c.
 */
#ifndef COMMIT_BATCH_H
#define COMMIT_BATCH_H

#include <stdbool.h>

#include "base/attributes.h"
#include "spool/commit.h"
#include "spool/spool.h"

/* The folders of a campaign: whether their names are known to be on disk, and
   they were swept (spool_sweep); and the folders, if they are open. */
struct commit_folders {
	bool is_settled;
	struct campaign_identity identity; /* of those that are settled */
	bool is_open;
	struct campaign campaign;
};

/*
 * Commits the lines of all requests of GROUP, which name the same campaign, as
 * one batch. 0: they are durable, in the batch NAME. An errno: none of them is
 * in new/. ESTALE: the campaign's name means another folder than it did when
 * the requests came.
 *
 * The folders stay open for the next batch, which looks whether the campaign
 * was removed or made anew, and then opens them again. Two requests may have
 * found the same folder under two names, when it was renamed in between; by now
 * one of the names means another folder, which must not get what is not for it.
 */
int commit_batch(struct commit_folders *folders, struct spool_names *names,
    const struct commit_request *group, char name[SPOOL_NAME_SIZE]) MUST_USE;

/* Closes the folders if they are open. */
void commit_folders_close(struct commit_folders *folders);

#endif
