#include "spool/commit.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "spool/commit_batch.h"

static_assert(COMMIT_WAIT_MS == 30000, "commit_strerror says so");

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
	struct commit_settled settled; /* only the leader uses it */
	struct queue *next;
};

struct commit {
	pthread_mutex_t mutex; /* over all that follows but the names */
	pthread_cond_t room;
	struct load load; /* handed in and not answered */
	unsigned leaders, leaders_max;
	struct queue *queues;
	struct spool_names names;
};

struct commit *
commit_new(unsigned leaders_max)
{
	struct commit *commit = calloc(1, sizeof *commit);

	if (!commit)
		return NULL;
	if (spool_names_init(&commit->names) < 0) {
		free(commit);
		return NULL;
	}
	commit->leaders_max = leaders_max;
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

static bool
is_full(const struct commit *commit)
{
	return commit->load.requests >= COMMIT_MAX_WAITING ||
	       commit->load.bytes >= COMMIT_MAX_BYTES;
}

static bool
hangs(const struct queue *queue)
{
	return queue->busy && clock_ms() - queue->since >= COMMIT_WAIT_MS;
}

/* Is every thread that may commit in a commit that hangs? */
static bool
all_leaders_hang(const struct commit *commit)
{
	const struct queue *queue;

	if (commit->leaders < commit->leaders_max)
		return false;
	for (queue = commit->queues; queue; queue = queue->next)
		if (queue->busy && !hangs(queue))
			return false;
	return true;
}

static bool
waits_in_vain(const struct commit *commit, const struct queue *queue)
{
	return queue->busy ? hangs(queue) : all_leaders_hang(commit);
}

/* 0, or ETIMEDOUT. commit_end_overdue wakes those that wait, too. */
static int
wait_for_room(struct commit *commit, const struct queue *queue)
{
	const int64_t deadline = clock_ms() + COMMIT_WAIT_MS;

	while (!waits_in_vain(commit, queue)) {
		if (!is_full(commit))
			return 0;
		if (clock_ms() >= deadline)
			return ETIMEDOUT;
		pthread_cond_wait(&commit->room, &commit->mutex);
	}
	return ETIMEDOUT;
}

static struct load
load_of(const struct commit_request *request)
{
	struct load load = {0};
	size_t i;

	for (; request; request = request->next) {
		load.requests++;
		load.bytes += request->lines.iov_len + request->aside.iov_len +
			      request->beside;
		for (i = 0; i < request->piece_count; i++)
			load.bytes += request->pieces[i].iov_len;
	}
	return load;
}

static void
release_load(struct commit *commit, struct load *load)
{
	commit->load.requests -= load->requests;
	commit->load.bytes -= load->bytes;
	*load = (struct load){0};
	pthread_cond_broadcast(&commit->room);
}

/* All that wait in the queue, NULL when none do. */
static struct commit_request *
take_group(struct queue *queue)
{
	struct commit_request *group = queue->first;

	queue->first = NULL;
	queue->end = &queue->first;
	return group;
}

/* A request is gone as soon as its `done` is called. */
static void
end_group(struct commit_request *group, int error)
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
	struct commit_request *group = take_group(queue);
	int error;

	queue->leading = load_of(group);
	queue->since = clock_ms();
	pthread_mutex_unlock(&commit->mutex);
	error = commit_batch(&queue->settled, &commit->names, group);
	end_group(group, error);
	pthread_mutex_lock(&commit->mutex);
	release_load(commit, &queue->leading);
}

/* A queue that waits for a leader: the next one behind LAST, which comes last
   itself, so that no campaign starves another. NULL: none does. */
static struct queue *
next_waiting(const struct commit *commit, struct queue *last)
{
	struct queue *queue = last;

	do {
		queue = queue->next ? queue->next : commit->queues;
		if (queue->first && !queue->busy)
			return queue;
	} while (queue != last);
	return NULL;
}

/* Called and left with the mutex held. */
static void
lead(struct commit *commit, struct queue *queue)
{
	commit->leaders++;
	for (; queue; queue = next_waiting(commit, queue)) {
		queue->busy = true;
		commit_group(commit, queue);
		queue->busy = false;
	}
	commit->leaders--;
}

static void
enqueue(
    struct commit *commit, struct queue *queue, struct commit_request *request)
{
	request->next = NULL;
	commit->load.requests++;
	commit->load.bytes += load_of(request).bytes;
	*queue->end = request;
	queue->end = &request->next;
}

void
commit_hand_in(struct commit *commit, struct commit_request *request)
{
	struct queue *queue;
	int error;

	pthread_mutex_lock(&commit->mutex);
	queue = queue_of(commit, request);
	error = queue ? wait_for_room(commit, queue) : ENOMEM;
	if (!error) {
		enqueue(commit, queue, request);
		if (!queue->busy && commit->leaders < commit->leaders_max)
			lead(commit, queue);
	}
	pthread_mutex_unlock(&commit->mutex);
	if (error)
		request->done(request, error);
}

/* Moves all that wait in the queue to the end of a list. Returns its end. */
static struct commit_request **
take_overdue(struct queue *queue, struct commit_request **end)
{
	struct commit_request **new_end = queue->first ? queue->end : end;

	*end = take_group(queue);
	return new_end;
}

void
commit_end_overdue(struct commit *commit)
{
	struct commit_request *overdue = NULL, **end = &overdue;
	struct queue *queue;
	struct load load;

	pthread_mutex_lock(&commit->mutex);
	for (queue = commit->queues; queue; queue = queue->next) {
		if (!waits_in_vain(commit, queue))
			continue;
		release_load(commit, &queue->leading);
		end = take_overdue(queue, end);
	}
	load = load_of(overdue);
	pthread_mutex_unlock(&commit->mutex);
	end_group(overdue, ETIMEDOUT);
	pthread_mutex_lock(&commit->mutex);
	release_load(commit, &load);
	pthread_mutex_unlock(&commit->mutex);
}

const char *
commit_strerror(int error)
{
	if (error != ETIMEDOUT)
		return strerror(error);
	return "the disk has not answered for 30 seconds";
}
