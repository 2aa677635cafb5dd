#include "spool/queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct queue *
queue_find(struct queue **queues, const struct commit_request *request)
{
	const struct campaign_stat *stat = &request->stat;
	struct queue *queue;

	for (queue = *queues; queue; queue = queue->next)
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
	queue->next = *queues;
	*queues = queue;
	return queue;
}

bool
queue_hangs(const struct queue *queue)
{
	return queue->busy && clock_ms() - queue->since >= COMMIT_WAIT_MS;
}

struct load
queue_load_of(const struct commit_request *request)
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

struct commit_request *
queue_take_all(struct queue *queue)
{
	struct commit_request *group = queue->first;

	queue->first = NULL;
	queue->end = &queue->first;
	return group;
}
