#include "spool/commit.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "spool/after.h"
#include "spool/queue.h"

static_assert(COMMIT_WAIT_MS == 30000, "commit_strerror says so");

struct commit {
	pthread_mutex_t mutex; /* over all that follows but the names */
	pthread_cond_t room;
	struct load load; /* handed in and not answered */
	unsigned leaders, leaders_max;
	unsigned kept, kept_max; /* queues that may keep their folders open */
	struct queue *queues;
	struct after after;
	struct spool_names names;
};

struct commit *
commit_new(unsigned leaders_max, unsigned kept_max)
{
	struct commit *commit = calloc(1, sizeof *commit);

	if (!commit)
		return NULL;
	if (spool_names_init(&commit->names) < 0) {
		free(commit);
		return NULL;
	}
	commit->leaders_max = leaders_max;
	commit->kept_max = kept_max;
	pthread_mutex_init(&commit->mutex, NULL);
	pthread_cond_init(&commit->room, NULL);
	return commit;
}

void
commit_set_after(struct commit *commit, commit_after *after, void *context)
{
	commit->after.call = after;
	commit->after.context = context;
}

void
commit_free(struct commit *commit)
{
	struct queue *queue;

	if (!commit)
		return;
	while ((queue = commit->queues)) {
		commit->queues = queue->next;
		commit_folders_close(&queue->folders);
		free(queue);
	}
	pthread_cond_destroy(&commit->room);
	pthread_mutex_destroy(&commit->mutex);
	free(commit);
}

static bool
is_full(const struct commit *commit)
{
	return commit->load.requests >= COMMIT_MAX_WAITING ||
	       commit->load.bytes >= COMMIT_MAX_BYTES;
}

/* Is every thread that may commit in a commit that hangs? */
static bool
all_leaders_hang(const struct commit *commit)
{
	const struct queue *queue;

	if (commit->leaders < commit->leaders_max ||
	    after_runs_well(&commit->after))
		return false;
	for (queue = commit->queues; queue; queue = queue->next)
		if (queue->busy && !queue_hangs(queue))
			return false;
	return true;
}

static bool
waits_in_vain(const struct commit *commit, const struct queue *queue)
{
	return queue->busy ? queue_hangs(queue) : all_leaders_hang(commit);
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

static void
release_load(struct commit *commit, struct load *load)
{
	commit->load.requests -= load->requests;
	commit->load.bytes -= load->bytes;
	*load = (struct load){0};
	pthread_cond_broadcast(&commit->room);
}

/* A request is gone as soon as its `done` is called. */
static void
end_group(struct commit_request *group, int error, const char *batch)
{
	struct commit_request *next;

	for (; group; group = next) {
		next = group->next;
		group->batch = batch;
		group->done(group, error);
	}
}

/* Called and left with the mutex held; released while the disk works. */
static void
commit_group(struct commit *commit, struct queue *queue)
{
	struct commit_request *group = queue_take_all(queue);
	char batch[SPOOL_NAME_SIZE];
	int error;

	queue->leading = queue_load_of(group);
	queue->since = clock_ms();
	if (!queue->may_keep && commit->kept < commit->kept_max) {
		queue->may_keep = true;
		commit->kept++;
	}
	pthread_mutex_unlock(&commit->mutex);
	error = commit_batch(&queue->folders, &commit->names, group, batch);
	if (!queue->may_keep)
		commit_folders_close(&queue->folders);
	end_group(group, error, batch);
	pthread_mutex_lock(&commit->mutex);
	release_load(commit, &queue->leading);
	after_group(&commit->after);
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

/* By one of the threads that may commit: if it hangs, one is left to answer. */
static bool
may_run_after(const struct commit *commit)
{
	return commit->leaders_max > 1 && after_may_run(&commit->after);
}

/* Called and left with the mutex held. QUEUE NULL: only calls `after`, unless
   requests come meanwhile. */
static void
lead(struct commit *commit, struct queue *queue)
{
	struct queue *last = queue ? queue : commit->queues;

	commit->leaders++;
	do {
		for (; queue; queue = next_waiting(commit, queue)) {
			queue->busy = true;
			commit_group(commit, queue);
			queue->busy = false;
			last = queue;
		}
		if (may_run_after(commit))
			after_run(&commit->after, &commit->mutex);
	} while ((queue = next_waiting(commit, last)) || may_run_after(commit));
	commit->leaders--;
}

static void
enqueue(
    struct commit *commit, struct queue *queue, struct commit_request *request)
{
	request->next = NULL;
	commit->load.requests++;
	commit->load.bytes += queue_load_of(request).bytes;
	*queue->end = request;
	queue->end = &request->next;
}

void
commit_hand_in(struct commit *commit, struct commit_request *request)
{
	struct queue *queue;
	int error;

	pthread_mutex_lock(&commit->mutex);
	queue = queue_find(&commit->queues, request);
	error = queue ? wait_for_room(commit, queue) : ENOMEM;
	if (!error) {
		enqueue(commit, queue, request);
		if (commit->leaders < commit->leaders_max &&
		    (!queue->busy || may_run_after(commit)))
			lead(commit, queue->busy ? NULL : queue);
	}
	pthread_mutex_unlock(&commit->mutex);
	if (error)
		request->done(request, error);
}

bool
commit_hangs(struct commit *commit, const struct commit_request *request)
{
	const struct queue *queue;
	bool hangs;

	pthread_mutex_lock(&commit->mutex);
	queue = queue_find(&commit->queues, request);
	hangs = queue && waits_in_vain(commit, queue);
	pthread_mutex_unlock(&commit->mutex);
	return hangs;
}

/* Moves all that wait in the queue to the end of a list. Returns its end. */
static struct commit_request **
take_overdue(struct queue *queue, struct commit_request **end)
{
	struct commit_request **new_end = queue->first ? queue->end : end;

	*end = queue_take_all(queue);
	return new_end;
}

static void
close_idle(struct commit *commit, struct queue *queue)
{
	if (!queue->may_keep || queue->busy ||
	    clock_ms() - queue->since < COMMIT_KEEP_MS)
		return;
	commit_folders_close(&queue->folders);
	queue->may_keep = false;
	commit->kept--;
}

void
commit_end_overdue(struct commit *commit)
{
	struct commit_request *overdue = NULL, **end = &overdue;
	struct queue *queue;
	struct load load;

	pthread_mutex_lock(&commit->mutex);
	for (queue = commit->queues; queue; queue = queue->next) {
		close_idle(commit, queue);
		if (!waits_in_vain(commit, queue))
			continue;
		release_load(commit, &queue->leading);
		end = take_overdue(queue, end);
	}
	load = queue_load_of(overdue);
	pthread_mutex_unlock(&commit->mutex);
	end_group(overdue, ETIMEDOUT, "");
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
