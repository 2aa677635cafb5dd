/*
 * intake.h: what a request has to be, up to the lines of its users.
 */
#ifndef INTAKE_H
#define INTAKE_H

#include <stdint.h>

#include "base/attributes.h"
#include "cgi/answer.h"
#include "cgi/endpoint.h"
#include "cgi/gateway.h"
#include "spool/campaign.h"
#include "users/users.h"

struct intake {
	struct endpoint *endpoint;
	struct gateway_request *request;
	struct settings settings;
	struct site *site;         /* held; NULL until it is found */
	const char *campaign_name; /* NULL until it is known to be a name */
	struct campaign_stat campaign;
	uint64_t length;    /* of the body, by its header; 0: unknown */
	char *body;         /* owned */
	struct users users; /* in the body */
	char text[256]; /* of the answer, and of the log line when not 200 */
};

/* Before anything of the request is looked at but the length it announces. */
void intake_start(struct intake *intake, struct endpoint *endpoint,
    struct gateway_request *request);

/*
 * Checks the request step by step, and reads it. REPLY_SPOOLED: its users may
 * go to the spool; else what it is refused with, and why in the text.
 */
enum reply_outcome intake_take(struct intake *intake) MUST_USE;

/* Writes the text; returns OUTCOME. */
enum reply_outcome intake_say(struct intake *intake, enum reply_outcome outcome,
    const char *format, ...) PRINTF(3, 4);

/* What it owns. */
void intake_free(struct intake *intake);

#endif
