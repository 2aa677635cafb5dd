/*
 * answer.h: from an outcome to the status line, headers and text of an answer.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include "cgi/gateway.h"

enum reply_outcome {
	REPLY_SPOOLED,     /* 200: every user is durable */
	REPLY_BAD_REQUEST, /* 400 */
	REPLY_NO_SECRET,   /* 401 */
	REPLY_NO_CAMPAIGN, /* 404 */
	REPLY_NOT_POST,    /* 405 */
	REPLY_TOO_LARGE,   /* 413 */
	REPLY_MEDIA_TYPE,  /* 415 */
	REPLY_TRY_LATER,   /* 503: a fault of ours that may pass */
};

/* The three digits of the status, as a number. */
int reply_status(enum reply_outcome outcome);

/* TEXT is one line without its end. */
void reply_send(struct gateway_request *request, enum reply_outcome outcome,
    const char *text);

#endif
