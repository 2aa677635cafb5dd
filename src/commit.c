#include "commit.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "spool.h"

/*
 * One request in the queue, on its thread's stack. QUEUED → LEADS when it is
 * to commit for all that wait, or QUEUED → DONE when a leader did so for it.
 */
struct waiter {
	enum { QUEUED, LEADS, DONE } state;
	struct iovec lines;
	int error; /* errno of the commit, 0 for success; valid once DONE */
	pthread_cond_t changed;
	struct waiter *next;
};

/* One per campaign seen; kept for the life of the process. */
struct queue {
	struct campaign_identity identity;
	bool busy;    /* somebody leads */
	bool settled; /* the folders' names are durable, or about to be */
	struct waiter *first, **end;
	struct queue *next;
};

struct commit {
	pthread_mutex_t mutex; /* over all queues and their waiters */
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

/* Cuts up to SPOOL_MAX_PIECES waiters off the queue's front. */
static struct waiter *
take_group(struct queue *queue, struct iovec *pieces, int *count)
{
	struct waiter *group = queue->first, **end = &queue->first;

	for (*count = 0; *end && *count < SPOOL_MAX_PIECES; ++*count) {
		pieces[*count] = (*end)->lines;
		end = &(*end)->next;
	}
	queue->first = *end;
	if (!queue->first)
		queue->end = &queue->first;
	*end = NULL;
	return group;
}

/*
 * A waiter's stack is gone as soon as it sees DONE, which it cannot before the
 * mutex is released; so all are told under the mutex.
 */
static void
finish_group(struct waiter *group, int error)
{
	struct waiter *waiter;

	for (waiter = group; waiter; waiter = waiter->next) {
		waiter->error = error;
		waiter->state = DONE;
		pthread_cond_signal(&waiter->changed);
	}
}

/* The names of the folders first: a batch in a folder that a power loss takes
   with it is not durable. */
static int
settle_and_commit(struct commit *commit, const struct campaign *campaign,
    bool settled, struct iovec *pieces, int count)
{
	if (!settled && campaign_settle(campaign) < 0)
		return -1;
	return spool_commit(campaign, &commit->names, pieces, count);
}

/* Called and left with the mutex held; released while the disk works. */
static void
lead(
    struct commit *commit, struct queue *queue, const struct campaign *campaign)
{
	struct iovec pieces[SPOOL_MAX_PIECES];
	struct waiter *group;
	bool settled = queue->settled;
	int count, error = 0;

	group = take_group(queue, pieces, &count);
	/* Set before it is true: who makes a folder meanwhile unsets it. */
	queue->settled = true;
	pthread_mutex_unlock(&commit->mutex);
	if (settle_and_commit(commit, campaign, settled, pieces, count) < 0)
		error = errno;
	pthread_mutex_lock(&commit->mutex);
	if (error && !settled)
		queue->settled = false;
	finish_group(group, error);
	queue->busy = queue->first != NULL;
	if (queue->first) {
		queue->first->state = LEADS;
		pthread_cond_signal(&queue->first->changed);
	}
}

static void
join(struct commit *commit, struct queue *queue,
    const struct campaign *campaign, struct waiter *self)
{
	if (campaign->made_folder)
		queue->settled = false;
	*queue->end = self;
	queue->end = &self->next;
	if (!queue->busy) {
		queue->busy = true;
		self->state = LEADS;
	}
	while (self->state == QUEUED)
		pthread_cond_wait(&self->changed, &commit->mutex);
	if (self->state == LEADS)
		lead(commit, queue, campaign);
}

int
commit_lines(struct commit *commit, const struct campaign *campaign,
    const struct iovec *lines)
{
	struct waiter self = {.state = QUEUED, .lines = *lines};
	struct queue *queue;

	pthread_cond_init(&self.changed, NULL);
	pthread_mutex_lock(&commit->mutex);
	queue = queue_of(commit, campaign);
	if (queue)
		join(commit, queue, campaign, &self);
	pthread_mutex_unlock(&commit->mutex);
	pthread_cond_destroy(&self.changed);
	errno = queue ? self.error : ENOMEM;
	return errno ? -1 : 0;
}
