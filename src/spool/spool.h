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

#include <stdatomic.h>
#include <sys/uio.h>

#include "spool/campaign.h"

#define SPOOL_LEFTOVER_AGE 3600 /* seconds; no writer lives that long */
#define SPOOL_NAME_SIZE 96 /* bytes of a batch's name and its NUL, at most */

/* Gives the batches of a process their names. Thread-safe. */
struct spool_names {
	uint32_t process;           /* random */
	atomic_uint_fast64_t count; /* names given so far */
};
int spool_names_init(struct spool_names *names) MUST_USE;

/* 20261124T065034.123456Z-9f3a1c22-000042.jsonl: UTC, process, count. */
bool spool_is_batch_name(const char *name);

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
