#include "spool/commit.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spool/spool.h"

static_assert(COMMIT_MAX_WAITING <= SPOOL_MAX_PIECES, "a group is one batch");

/* One per campaign seen, by name and folder: a name may get another folder, and
   a folder's number another name. Kept for the life of the process. */
struct queue {
	char campaign[CAMPAIGN_NAME_MAX + 1];
	dev_t device;
	ino_t folder;
	bool busy; /* a thread commits */
	struct commit_request *first, **end;
	/* Of the thread that commits: its folders' names are durable, if any.
	 */
	bool is_settled;
	struct campaign_identity settled;
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
queue_of(struct commit *commit, const struct commit_request *request)
{
	const struct campaign_stat *stat = &request->stat;
	struct queue *queue;

	for (queue = commit->queues; queue; queue = queue->next)
		if (queue->device == stat->device &&
		    queue->folder == stat->folder &&
		    !strcmp(queue->campaign, request->campaign))
			return queue;
	queue = calloc(1, sizeof *queue);
	if (!queue)
		return NULL;
	snprintf(
	    queue->campaign, sizeof queue->campaign, "%s", request->campaign);
	queue->device = stat->device;
	queue->folder = stat->folder;
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

static size_t
held_by(const struct commit_request *request)
{
	return request->lines.iov_len + request->beside;
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
		*bytes += held_by(request);
	}
	queue->first = NULL;
	queue->end = &queue->first;
	return group;
}

/* The names of the folders first: a batch in a folder that a power loss takes
   with it is not durable. */
static int
settle(struct queue *queue, const struct campaign *campaign)
{
	if (queue->is_settled && !campaign->made_folder &&
	    campaign_is_same(&queue->settled, &campaign->identity))
		return 0;
	queue->is_settled = false;
	if (campaign_settle(campaign) < 0)
		return -1;
	queue->is_settled = true;
	queue->settled = campaign->identity;
	return 0;
}

static bool
is_still_there(
    const struct campaign *campaign, const struct campaign_stat *stat)
{
	return campaign->identity.device == stat->device &&
	       campaign->identity.folder == stat->folder;
}

/*
 * 0 or an errno. Nothing of a campaign is kept open: it may be gone and made
 * anew by the next time. Requests may have looked at the same folder under two
 * names, when it was renamed between; then one of the names means another
 * folder by now, and what is for the other must not get there.
 */
static int
commit_pieces(struct commit *commit, struct queue *queue,
    const struct commit_request *any, struct iovec *pieces, int count)
{
	struct campaign campaign;
	int error = 0;

	if (campaign_open(any->spool, any->campaign, &campaign) < 0)
		return errno;
	if (!is_still_there(&campaign, &any->stat))
		error = ESTALE;
	else if (settle(queue, &campaign) < 0 ||
		 spool_commit(&campaign, &commit->names, pieces, count) < 0)
		error = errno;
	campaign_close(&campaign);
	return error;
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

/* Called and left with the mutex held; released while the disk works. */
static void
commit_group(struct commit *commit, struct queue *queue)
{
	struct iovec pieces[COMMIT_MAX_WAITING];
	struct commit_request *group;
	size_t bytes;
	int count, error;

	group = take_group(queue, pieces, &count, &bytes);
	pthread_mutex_unlock(&commit->mutex);
	error = commit_pieces(commit, queue, group, pieces, count);
	tell_group(group, error);
	pthread_mutex_lock(&commit->mutex);
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

static void
enqueue(
    struct commit *commit, struct queue *queue, struct commit_request *request)
{
	commit->requests++;
	commit->bytes += held_by(request);
	request->next = NULL;
	*queue->end = request;
	queue->end = &request->next;
}

void
commit_hand_in(struct commit *commit, struct commit_request *request)
{
	struct queue *queue;

	pthread_mutex_lock(&commit->mutex);
	wait_for_room(commit);
	queue = queue_of(commit, request);
	if (queue) {
		enqueue(commit, queue, request);
		if (!queue->busy)
			lead(commit, queue);
	}
	pthread_mutex_unlock(&commit->mutex);
	if (!queue)
		request->done(request, ENOMEM);
}
