/*
 * queue.h: the requests that wait for the commits of a campaign; a part of
 * commit.c, whose mutex the callers hold.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "spool/commit.h"
#include "spool/commit_batch.h"

/* What counts against the limits. */
struct load {
	size_t requests, bytes;
};

/* One per campaign seen, by name and folder: a name may get another folder, and
   a folder's number another name. Kept for the life of the process. */
struct queue {
	char campaign[CAMPAIGN_NAME_MAX + 1];
	dev_t device;
	ino_t folder;
	bool busy;           /* a thread commits: the leader */
	int64_t since;       /* when its commit began, by clock_ms */
	struct load leading; /* of its commit, unless that hangs */
	struct commit_request *first, **end;
	struct commit_folders folders; /* only the leader uses them */
	bool may_keep;                 /* them open between two commits */
	struct queue *next;
};

/* The queue of a request's campaign, which is added to *QUEUES if it is new.
   NULL: no memory. */
struct queue *queue_find(
    struct queue **queues, const struct commit_request *request) MUST_USE;

/* Has its commit taken COMMIT_WAIT_MS already? */
bool queue_hangs(const struct queue *queue);

/* Takes all that wait in the queue; NULL when none do. */
struct commit_request *queue_take_all(struct queue *queue) MUST_USE;

/* What a list of requests takes. */
struct load queue_load_of(const struct commit_request *request);

#endif
