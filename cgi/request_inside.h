/* request_inside.h: a request on its way; of request.c and request_*.c. */
#ifndef REQUEST_INSIDE_H
#define REQUEST_INSIDE_H

#include <stdbool.h>

#include "base/attributes.h"
#include "cgi/answer.h"
#include "cgi/budget.h"
#include "cgi/content_length.h"
#include "cgi/endpoint.h"
#include "cgi/format.h"
#include "cgi/gateway.h"
#include "cgi/health.h"
#include "spool/campaign.h"
#include "spool/commit.h"
#include "users/users.h"

struct request {
	struct endpoint *endpoint;
	struct gateway_request *gateway;
	const struct format *format; /* NULL: its type is unknown */
	struct settings settings;
	struct site *site; /* held; NULL until it is found */
	char campaign[CAMPAIGN_NAME_MAX + 1];
	struct campaign_stat stat;      /* of the campaign */
	enum content_length has_length; /* the length is in `answer` */
	struct budget_share memory;     /* of the body */
	char *body;                     /* owned */
	struct users users;             /* in the body */
	struct commit_request commit;
	struct health_question health;
	int64_t began; /* when it began to come, by clock_ms */
	struct answer answer;
	bool is_answered; /* by the status page */
};

/* A variable of the request, or NULL. */
static inline const char *
request_param(const struct request *request, const char *name)
{
	return gateway_param(request->gateway, name);
}

#define request_refuse(request, ...)                                           \
	answer_refuse(&(request)->answer, __VA_ARGS__)

/* Is it of this method? */
bool request_has_method(const struct request *request, const char *name);

/*
 * A step: all that can be known before a body is read. Takes the site, the
 * settings and the state of the campaign. False: the request is refused.
 */
bool request_check(struct request *request) MUST_USE;

/* Steps of request_check. request_refuse_campaign gets the errno of
   campaign_stat, and is always false. */
bool request_find_spool(struct request *request) MUST_USE;
bool request_name_campaign(struct request *request) MUST_USE;
bool request_refuse_campaign(struct request *request, int error);
bool request_has_room(struct request *request) MUST_USE;

/* Is it GET or HEAD of ?health? Then request_answer_health answers and ends it,
   as request_answer does. */
bool request_asks_health(const struct request *request);
void request_answer_health(struct request *request);

/*
 * Drops the body of a request that needs none. Half of the threads do so at a
 * time, at most, and more requests leave it unread: who sends a body slowly,
 * for which no secret is needed, holds no more of them.
 */
void request_skip_body(struct request *request);

/* Sends the answer, and frees the request. */
void request_end(struct request *request);

/* A step: what a look at the status page needs of that. A path that names no
   campaign leaves it empty: the page is of all. */
bool request_check_look(struct request *request) MUST_USE;

/* Is it GET or HEAD? */
bool request_is_look(const struct request *request);

/* Has its query the parameter NAME, with a value or without? */
bool request_has_parameter(const struct request *request, const char *name);

/*
 * A step: shows the status page to those who have the secret. True: it was
 * sent. False: the request is refused.
 */
bool request_show_page(struct request *request) MUST_USE;

/* After its answer: notes the request in the journal of its site. */
void request_note(struct request *request);

#endif
