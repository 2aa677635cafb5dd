/*
 * outbox.h: users on their way, in POSTs: each is attempted until an answer is
 * 200, with pauses in between, at a rate, and with the faults of a rehearsal.
 * An answer that more attempts would only repeat, by verdict.h, ends a POST.
 *
 * A POST stays as it ended until outbox_next_end has reported it. A duplicate
 * on purpose goes out only after that.
 */
#ifndef OUTBOX_H
#define OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "send/client.h"
#include "send/faults.h"
#include "send/pace.h"
#include "send/post.h"

/* After this many POSTs given up in a row, faults on purpose aside, the
   endpoint is taken to be down. */
#define OUTBOX_DOWN_AFTER 3

struct outbox_options {
	const struct webhook *webhook;
	uint64_t batch;    /* users in a POST, at least 1 */
	uint64_t parallel; /* POSTs at a time, at least 1 */
	uint64_t retries;  /* attempts after the first */
	uint64_t pause_s;  /* before the first retry */
	double rate;       /* attempts a second; 0 for no limit */
	struct faults faults;
};

struct outbox {
	/* Anything but OUTBOX_OPEN: no attempt is started any more. */
	enum outbox_state {
		OUTBOX_OPEN,
		OUTBOX_STOPPED,  /* by outbox_stop */
		OUTBOX_DOWN,     /* the endpoint seems to be */
		OUTBOX_UNUSABLE, /* the endpoint is: VERDICT_UNUSABLE */
		OUTBOX_FAILED,   /* no memory */
	} state;
	const struct outbox_options *options;
	struct client *client;
	struct post *posts; /* owned; twice as many as may be in flight */
	size_t count;
	struct post *filling; /* or NULL */
	uint64_t opened, given_up_in_a_row;
	uint64_t refused; /* POSTs that were, since outbox_resume */
	struct pace pace;
};

/* CLIENT has `parallel` slots; it and OPTIONS outlive the outbox. 0, or -1 and
   ENOMEM. An outbox of zeros is open and has nothing. */
int outbox_open(struct outbox *outbox, const struct outbox_options *options,
    struct client *client) MUST_USE;

/* Whether there is room for a user. */
bool outbox_wants(const struct outbox *outbox);

/* The number, from 1, of the POST that the next user goes into. */
uint64_t outbox_next_post(const struct outbox *outbox);

/* When there is room, and none is filling: a POST whose body the caller fills,
   to be sealed. */
struct post *outbox_begin(struct outbox *outbox);

/* When there is room. 0, or -1 and ENOMEM: the user is not in it. */
int outbox_put(struct outbox *outbox, const char *user, size_t size) MUST_USE;

/* Is there a part of a POST, and would it start at once? */
bool outbox_could_send_part(const struct outbox *outbox);

/* The POST that is filling, if any, is complete. 0, or -1 and ENOMEM. */
int outbox_seal(struct outbox *outbox) MUST_USE;

/* Starts what is due. ms until more is due; -1: when something else happens. */
int64_t outbox_start(struct outbox *outbox);

/* The same, and works as client_work does, for MS or shorter. */
void outbox_work(
    struct outbox *outbox, int64_t ms, const int *fds, size_t count);

/* The POST whose attempt has ended with *ANSWER; NULL: no more. */
const struct post *outbox_next_answer(
    struct outbox *outbox, struct client_answer *answer);

/* The next POST that has ended; NULL: no more. It may be filled again after. */
const struct post *outbox_next_end(struct outbox *outbox, bool *is_delivered);

/* Whether any POST is due or in flight. */
bool outbox_is_busy(const struct outbox *outbox);

/* The POST whose pause, or whose turn by the rate, ends first, and the ms until
   then; NULL while one is in flight, or none is due. */
const struct post *outbox_pausing(const struct outbox *outbox, int64_t *ms);

/* Gives up all that is not in flight; what is in flight gets no retry. */
void outbox_stop(struct outbox *outbox);

/* Open again, unless it failed; nothing may be in flight. */
void outbox_resume(struct outbox *outbox);

void outbox_close(struct outbox *outbox);

#endif
