/*
 * post.h: a POST of the outbox, and what is reported of it.
 *
 * It goes free -> filling -> due <-> in flight -> delivered or given up ->
 * free.
 */
#ifndef POST_H
#define POST_H

#include <stdbool.h>
#include <stdint.h>

#include "send/body.h"
#include "send/client.h"

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
	struct body body;
	uint64_t number;   /* from 1 */
	uint64_t attempts; /* so far */
	uint64_t stale;    /* of them, those that found a connection closed */
	int64_t due;       /* by clock_ms */
	enum client_fault fault;
	bool is_sealed;   /* it has left POST_FILLING */
	bool again;       /* delivered, and sent once more on purpose */
	char outcome[64]; /* of the last attempt, for people */
};

/* The end of an attempt. Its texts last until the POST's next attempt. */
struct post_attempt {
	uint64_t post, number; /* from 1 */
	bool again;
	enum client_fault fault;
	long status; /* of HTTP, or 0 */
	const char *outcome;
	const char *text; /* of the answer, its first line */
	size_t users, bytes;
	uint64_t us;
};

/* The end of a POST. `outcome` lasts until the POST is filled again. */
struct post_end {
	uint64_t post;
	size_t users;
	bool is_delivered, was_sealed;
	uint64_t attempts; /* 0: stopped before the first */
	const char *outcome;
};

/* Empties a POST, which begins as {0}, and makes it POST_FILLING. */
void post_open(struct post *post, uint64_t number);

/* Ends an attempt, and describes it; the state stays. */
struct post_attempt post_answered(
    struct post *post, const struct client_answer *answer);

struct post_end post_end(const struct post *post);

#endif
