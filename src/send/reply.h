/*
 * reply.h: what Mixpanel reads in the answer to a page of a cohort:
 * {"action": as sent, "status": "success"}, or "failure" with
 * "error": {"message": ..., "code": ...}.
 */
#ifndef REPLY_H
#define REPLY_H

#include <stddef.h>

#define REPLY_MESSAGE 256 /* bytes, '\0' included */

struct reply {
	const char *fault;           /* NULL: a success; else a constant */
	char message[REPLY_MESSAGE]; /* of the error, printable, or "" */
};

/* Reads SIZE bytes of TEXT, the answer to a page of ACTION. */
void reply_read(
    struct reply *reply, const char *text, size_t size, const char *action);

#endif
