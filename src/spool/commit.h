/*
 * commit.h: group commit, one per process.
 *
 * While one batch of a campaign is on its way to the disk, requests for that
 * campaign queue up; the next batch takes all that wait. So an idle receiver
 * commits at once, a busy one shares each fsync pair among many requests, and
 * no timer is involved. Campaigns do not wait for each other, within the limits
 * of what waits and of how many threads commit.
 *
 * No thread waits for its request: the one that finds nobody committing commits
 * for all, until none is left, and then for campaigns that wait for a thread.
 * The rest go on to the next request.
 *
 * A disk may hang. Only the end of a commit tells what became of its requests,
 * so they wait for it. All others wait up to COMMIT_WAIT_MS for room, and as
 * long in the queue.
 */
#ifndef COMMIT_H
#define COMMIT_H

#include <stdbool.h>
#include <sys/uio.h>

#include "base/attributes.h"
#include "spool/campaign.h"

/*
 * Limits of what is handed in and not yet answered, in all campaigns: the
 * thread that hands in more is held up. What is in a commit that hangs does not
 * count.
 */
#define COMMIT_MAX_WAITING 256                     /* requests */
#define COMMIT_MAX_BYTES ((size_t)8 * 1024 * 1024) /* before the last one */
#define COMMIT_WAIT_MS 30000                       /* then a commit hangs */
#define COMMIT_KEEP_MS 5000   /* folders without a commit stay open */
#define COMMIT_KEEP_FOLDERS 3 /* descriptors of a campaign */

struct commit;
struct commit_request;

/*
 * 0: all lines are durable. An errno: none of them is in new/ or aside/.
 * ETIMEDOUT: the disk has not answered for COMMIT_WAIT_MS.
 */
typedef void commit_done(struct commit_request *request, int error);

/* With one byte at least in lines, pieces or aside. */
struct commit_request {
	int spool;
	const char *campaign;
	struct campaign_stat stat;  /* as the request saw it */
	struct iovec lines;         /* whole ones; 0 bytes: none */
	struct iovec aside;         /* for aside/, likewise */
	const struct iovec *pieces; /* more lines, or parts of them in a row */
	size_t piece_count;         /* of them, none empty */
	size_t line_count;          /* in lines and pieces */
	size_t aside_count;         /* lines for aside/ */
	size_t beside;              /* bytes that it holds besides the lines */
	commit_done *done;
	void *context;     /* of `done`, the caller's */
	const char *batch; /* its name, while `done` is called; or "" */
	struct commit_request *next; /* commit.c's */
};

/*
 * At most LEADERS_MAX threads, 1 or more, commit at a time, for all campaigns
 * in turn; with a number below that of all threads, a disk that hangs never
 * holds them all. The folders of up to KEPT_MAX busy campaigns stay open. NULL
 * and errno. Free it when no thread uses it.
 */
struct commit *commit_new(unsigned leaders_max, unsigned kept_max) MUST_USE;
void commit_free(struct commit *commit);

/*
 * From now on AFTER is called when the requests of a group are done, by a
 * thread that may commit, and not by two at a time. It may hang without holding
 * up any request: no campaign waits for that thread. Groups that follow each
 * other may share a call. If only one thread may commit, it is never called.
 * Set it before the first request.
 */
typedef void commit_after(void *context);
void commit_set_after(
    struct commit *commit, commit_after *after, void *context);

/*
 * Puts the request's lines into its campaign, and calls `done` exactly once
 * when their fate is known: before this returns, or later from another thread
 * that is in here or in commit_end_overdue. Until then the request and all that
 * it names belong to commit.
 */
void commit_hand_in(struct commit *commit, struct commit_request *request);

/* Would a request with this campaign and stat get ETIMEDOUT at once? */
bool commit_hangs(
    struct commit *commit, const struct commit_request *request) MUST_USE;

/*
 * Calls `done` with ETIMEDOUT for all requests that wait behind a commit that
 * hangs. Those handed in later get the same at once, until that commit ends; so
 * do those of all campaigns while LEADERS_MAX commits hang. Closes the folders
 * of campaigns that are not busy any more. Call it every second or so, from a
 * thread that is never in commit_hand_in.
 */
void commit_end_overdue(struct commit *commit);

/* Why a request was not committed: a constant, or as strerror. */
const char *commit_strerror(int error);

#endif
