#include "commit.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "spool.h"

static_assert(COMMIT_MAX_WAITING <= SPOOL_MAX_PIECES, "a group is one batch");

/* One per campaign seen; kept for the life of the process. */
struct queue {
	struct campaign_identity identity;
	bool busy;    /* a thread commits */
	bool settled; /* the folders' names are durable, or about to be */
	struct commit_request *first, **end;
	struct campaign campaign; /* open while requests wait: the last one's */
	struct queue *next;
};

struct commit {
	pthread_mutex_t mutex; /* over all that follows but the names */
	pthread_cond_t room;
	size_t requests, bytes; /* handed in and not told */
	struct queue *queues;
	struct spool_names names;
};

struct commit *
commit_new(void)
{
	struct commit *commit;

	commit = calloc(1, sizeof *commit);
	if (!commit)
		return NULL;
	if (spool_names_init(&commit->names) < 0) {
		free(commit);
		return NULL;
	}
	pthread_mutex_init(&commit->mutex, NULL);
	pthread_cond_init(&commit->room, NULL);
	return commit;
}

void
commit_free(struct commit *commit)
{
	struct queue *queue;

	if (!commit)
		return;
	while ((queue = commit->queues)) {
		commit->queues = queue->next;
		free(queue);
	}
	pthread_cond_destroy(&commit->room);
	pthread_mutex_destroy(&commit->mutex);
	free(commit);
}

/* NULL: no memory. */
static struct queue *
queue_of(struct commit *commit, const struct campaign *campaign)
{
	struct queue *queue;

	for (queue = commit->queues; queue; queue = queue->next)
		if (campaign_is_same(&queue->identity, &campaign->identity))
			return queue;
	queue = calloc(1, sizeof *queue);
	if (!queue)
		return NULL;
	queue->identity = campaign->identity;
	queue->end = &queue->first;
	queue->next = commit->queues;
	commit->queues = queue;
	return queue;
}

static void
wait_for_room(struct commit *commit)
{
	while (commit->requests >= COMMIT_MAX_WAITING ||
	       commit->bytes >= COMMIT_MAX_BYTES)
		pthread_cond_wait(&commit->room, &commit->mutex);
}

/* Takes all that wait in the queue. */
static struct commit_request *
take_group(struct queue *queue, struct iovec *pieces, int *count, size_t *bytes)
{
	struct commit_request *group = queue->first, *request;

	*count = 0;
	*bytes = 0;
	for (request = group; request; request = request->next) {
		pieces[(*count)++] = request->lines;
		*bytes += request->lines.iov_len;
	}
	queue->first = NULL;
	queue->end = &queue->first;
	return group;
}

/* The names of the folders first: a batch in a folder that a power loss takes
   with it is not durable. */
static int
settle_and_commit(struct commit *commit, const struct campaign *campaign,
    bool settled, struct iovec *pieces, int count)
{
	if (!settled && campaign_settle(campaign) < 0)
		return errno;
	if (spool_commit(campaign, &commit->names, pieces, count) < 0)
		return errno;
	return 0;
}

/* A request is gone as soon as it is told. */
static void
tell_group(struct commit_request *group, int error)
{
	struct commit_request *next;

	for (; group; group = next) {
		next = group->next;
		group->done(group, error);
	}
}

/* *SPARE is the campaign that is left to close, perhaps none. */
static void
enqueue(struct commit *commit, struct queue *queue,
    struct commit_request *request, struct campaign *spare)
{
	if (queue->first)
		*spare = queue->campaign;
	else
		spare->folder = spare->tmp = spare->new = -1;
	queue->campaign = request->campaign;
	if (request->campaign.made_folder)
		queue->settled = false;
	commit->requests++;
	commit->bytes += request->lines.iov_len;
	*queue->end = request;
	queue->end = &request->next;
}

/* Called and left with the mutex held; released while the disk works. */
static void
commit_group(struct commit *commit, struct queue *queue)
{
	struct iovec pieces[COMMIT_MAX_WAITING];
	struct commit_request *group;
	struct campaign campaign = queue->campaign;
	bool settled = queue->settled;
	size_t bytes;
	int count, error;

	group = take_group(queue, pieces, &count, &bytes);
	/* Set before it is true: who makes a folder meanwhile unsets it. */
	queue->settled = true;
	pthread_mutex_unlock(&commit->mutex);
	error = settle_and_commit(commit, &campaign, settled, pieces, count);
	campaign_close(&campaign);
	tell_group(group, error);
	pthread_mutex_lock(&commit->mutex);
	if (error && !settled)
		queue->settled = false;
	commit->requests -= (size_t)count;
	commit->bytes -= bytes;
	pthread_cond_broadcast(&commit->room);
}

/* Called and left with the mutex held. */
static void
lead(struct commit *commit, struct queue *queue)
{
	queue->busy = true;
	while (queue->first)
		commit_group(commit, queue);
	queue->busy = false;
}

void
commit_hand_in(struct commit *commit, struct commit_request *request)
{
	struct campaign spare = request->campaign;
	struct queue *queue;

	request->next = NULL;
	pthread_mutex_lock(&commit->mutex);
	wait_for_room(commit);
	queue = queue_of(commit, &request->campaign);
	if (queue)
		enqueue(commit, queue, request, &spare);
	if (queue && !queue->busy)
		lead(commit, queue);
	pthread_mutex_unlock(&commit->mutex);
	campaign_close(&spare);
	if (!queue)
		request->done(request, ENOMEM);
}
