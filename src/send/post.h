/*
 * post.h: a POST of the outbox. It goes
 * free -> filling -> due <-> in flight -> delivered or given up -> free.
 */
#ifndef POST_H
#define POST_H

#include <stdbool.h>
#include <stdint.h>

#include "send/webhook.h"

enum post_state {
	POST_FREE,
	POST_FILLING,
	POST_DUE,
	POST_IN_FLIGHT,
	POST_DELIVERED,
	POST_GIVEN_UP,
};

struct post {
	enum post_state state;
	const struct webhook *webhook;
	const char *action; /* of a page, which the answer must repeat */
	struct body body;
	uint64_t number;   /* from 1 */
	uint64_t attempts; /* so far */
	uint64_t stale;    /* of them, those that found a connection closed */
	int64_t due;       /* by clock_ms */
	int64_t begun;     /* the first attempt was, by clock_ms */
	enum client_fault fault;
	bool is_sealed;    /* it is complete */
	bool again;        /* delivered, and sent once more on purpose */
	uint64_t asked_s;  /* the pause that the last answer asked for, or 0 */
	uint64_t heeded_s; /* what of it is heeded */
	enum verdict verdict; /* of the last attempt */
	char outcome[320];    /* of the last attempt, for people */
	char detail[320];     /* what may be shown beside it, or "" */
	bool has_more;        /* the endpoint wrote something else */
};

/* Empties a POST, which begins as {0}, and makes it POST_FILLING. */
void post_open(
    struct post *post, uint64_t number, const struct webhook *webhook);

/* Whether more attempts would end as the last one did. */
bool post_is_refused(const struct post *post);

/* Whether it may be attempted once more at DUE; 0, at once, when the last one
   met a closed connection and does not count as one of RETRIES. */
bool post_has_retry(const struct post *post, uint64_t retries, int64_t due);

/*
 * Notes how an attempt ended; the state stays. `detail` says where a redirect
 * leads, and has the endpoint's text when the POST is refused, or the message
 * of its reply; never a text that repeats something of a user.
 */
void post_note_answer(struct post *post, const struct client_answer *answer);

#endif
