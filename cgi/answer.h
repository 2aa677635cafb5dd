/*
 * answer.h: what happened to a request, and how that is reported.
 *
 * All answers leave from here. Each one except a 200 is a line in a log as
 * well: see refusals.h. Answers of GET ?health are not.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "cgi/gateway.h"
#include "cgi/refusals.h"
#include "users/page_about.h"
#include "users/users.h"

struct format;
struct format_reply;

enum outcome {
	OUTCOME_STORED,    /* every user is durable */
	OUTCOME_SET_ASIDE, /* so is all that is not a user, in aside/ */
	OUTCOME_HEALTHY,   /* a POST could be stored */
	OUTCOME_NOT_POST,
	OUTCOME_NO_SECRET, /* or a wrong one */
	OUTCOME_NO_CAMPAIGN,
	OUTCOME_WRONG_TYPE, /* of the body, or its encoding */
	OUTCOME_NO_LENGTH,  /* and the body's end would not show */
	OUTCOME_TOO_LARGE,
	OUTCOME_BROKEN_BODY, /* it is not of its length, or was cut off */
	OUTCOME_BAD_BODY,
	OUTCOME_TRY_LATER, /* a fault of ours that may pass */
	OUTCOMES
};

struct answer {
	const char *campaign; /* NULL until it is known to be a name */
	uint64_t length;      /* of the body, by its header, or as read */
	enum outcome outcome;
	bool is_health;     /* of GET ?health: not logged */
	char text[384];     /* one line for people, without the line end */
	const char *action; /* of a page, a token of the body, or NULL */
	size_t action_size;

	/* For the journal. */
	const char *kind;        /* of a JSON body (payload.h), or NULL */
	struct page_about about; /* of a page, in the body */
	char why_aside[sizeof((struct users_error *)0)->text];
};

/* Sets outcome and text. Always false, for the `return` of a step. */
bool answer_refuse(struct answer *answer, enum outcome outcome,
    const char *format, ...) PRINTF(3, 4);

/* The reply that FORMAT, or NULL, has for an answer. */
const struct format_reply *answer_reply(
    const struct answer *answer, const struct format *format);

/* Logs the answer unless it is STORED or of GET ?health, and sends the reply
   that FORMAT has for it. FORMAT is NULL where the request has no known one. */
void answer_send(const struct answer *answer, const struct format *format,
    struct refusals *refusals, struct gateway_request *gateway);

#endif
