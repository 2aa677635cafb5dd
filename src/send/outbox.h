/*
 * outbox.h: what becomes of POSTs: attempts until one is answered with 200,
 * with pauses in between, at a rate, and with the faults of a rehearsal.
 *
 * A POST goes free -> gathering -> due <-> in flight -> delivered or given up
 * -> free. Faults depend on the seed, the POST's number and the attempt, not on
 * the time.
 */
#ifndef OUTBOX_H
#define OUTBOX_H

#include <stdbool.h>

#include "base/random.h"
#include "send/body.h"
#include "send/client.h"
#include "send/tally.h"

#define DELIVERY_MAX_PAUSE_MS 60000

/* So many POSTs given up in a row, not by a fault on purpose: the endpoint is
   taken to be down. */
#define DELIVERY_DOWN 3

struct post {
	enum post_state {
		POST_FREE,
		POST_GATHERING,
		POST_DUE,
		POST_IN_FLIGHT,
		POST_DELIVERED,
		POST_GIVEN_UP,
	} state;
	struct body body;
	uint64_t number;   /* from 1, in the order they were added */
	uint64_t attempts; /* so far */
	int64_t due;       /* by clock_ms */
	enum client_fault fault;
	char last[64];  /* how the last attempt ended, for people */
	bool again;     /* delivered, and to be sent once more on purpose */
	uint64_t stale; /* attempts that found a kept connection closed */
};

/* Called for each attempt's end, and it must not keep what it gets. */
typedef void delivery_report(
    void *context, const struct post *post, const struct client_answer *answer);

struct delivery_options {
	uint64_t parallel; /* POSTs at a time, at least 1 */
	uint64_t retries;  /* attempts after the first */
	uint64_t pause_s;  /* before the first retry; doubles, with jitter */
	double rate;       /* attempts a second; 0 for no limit */
	double drop_answers, cut_bodies, duplicate; /* 0 to 1 */
	uint64_t seed;
};

struct delivery {
	const struct delivery_options *options;
	struct client *client;
	struct tally *tally;
	delivery_report *report; /* or NULL */
	void *context;
	/* Twice as many as are in flight: while those are waited for, and while
	   some pause, others are gathered. */
	struct post *posts; /* owned */
	size_t post_count;
	struct post **in_slot; /* by the client's slot, or NULL; owned */
	uint64_t added, given_up_in_a_row;
	struct random jitter;
	double allowed; /* attempts, by the rate */
	int64_t allowed_at;
	bool stopping; /* start nothing any more: set by the caller, or: */
	bool down;     /* set with `stopping` when the endpoint seems so */
	bool failed;   /* set with `stopping` for a lack of memory */
};

/* CLIENT has `parallel` slots. 0, or -1 and ENOMEM. */
int delivery_open(struct delivery *delivery,
    const struct delivery_options *options, struct client *client,
    struct tally *tally) MUST_USE;

/* A free POST, to gather users in; NULL: all are in use. */
struct post *delivery_gather(struct delivery *delivery);

/* What was gathered is complete, and due. */
void delivery_add(struct delivery *delivery, struct post *post);

/* Starts what is due, as far as slots are free. ms until more is due, or -1. */
int delivery_start(struct delivery *delivery);

/* The same, and works as client_work does, for MS or shorter. */
void delivery_work(
    struct delivery *delivery, int ms, int fd, const sigset_t *mask);

/* The next POST that is delivered or given up; NULL: no more. Free it, which is
   when one that is to be sent once more goes on. */
struct post *delivery_settled(struct delivery *delivery);
void delivery_free_post(struct post *post);

/* Whether any POST is due or in flight. */
bool delivery_is_busy(const struct delivery *delivery);

size_t delivery_index(const struct delivery *delivery, const struct post *post);

void delivery_close(struct delivery *delivery);

#endif
