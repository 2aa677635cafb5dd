/*
 * spool.h: the directory protocol; mixspool(5) has the table of states.
 *
 * A batch is born in a campaign's tmp/ and becomes visible in its new/ by one
 * rename, complete and on disk; from then on it belongs to the consumers. No
 * call takes a lock: names never collide, so any number of processes on any
 * number of hosts can share a spool. Calls return 0 or a descriptor, or -1 and
 * errno.
 */
#ifndef SPOOL_H
#define SPOOL_H

#include <sys/uio.h>

#include "spool/campaign.h"
#include "spool/spool_names.h"

#define SPOOL_LEFTOVER_AGE 3600 /* seconds; no writer lives that long */

/*
 * Opens the spool at PATH, which must exist, and makes `default` in it.
 * ENOTEMPTY: it has other files and no campaign. spool_strerror has words for
 * that.
 */
int spool_open(const char *path) MUST_USE;
const char *spool_strerror(int error);

#define SPOOL_ASIDE "aside" /* the folder in a campaign */

/* None of them is empty. */
struct spool_pieces {
	struct iovec *all;
	size_t count;
	size_t lines;               /* in all of them, for the name */
	char name[SPOOL_NAME_SIZE]; /* of their batch: set by spool_commit */
};

/*
 * Commits pieces as one batch, and what is to be set aside as a batch of the
 * same name in aside/; of both together one piece at least. Consumes their
 * iovecs. 0: all is durable. -1: nothing is there, and what this call made is
 * gone again. aside/ is filled first, so that a batch in new/ is never without
 * its neighbours; a crash may leave these alone.
 */
int spool_commit(const struct campaign *campaign, struct spool_names *names,
    struct spool_pieces *pieces, struct spool_pieces *aside) MUST_USE;

/*
 * Removes from a campaign's tmp/ the batches that dead writers left, which are
 * named like a batch and were not touched for SPOOL_LEFTOVER_AGE. A failure is
 * silent: the next process tries again.
 */
void spool_sweep(const struct campaign *campaign);

/* Makes tmp/ and new/ in every campaign that lacks them, furnishes and sweeps
   it. */
void spool_prepare(int spool);

#endif
