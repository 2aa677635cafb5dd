/*
 * visit.h: the checks of a URL, from outside. What they post stores nothing: a
 * form with an empty list, and a cohort's page without members.
 *
 * A check is a row of a table in visit.c and a function. Each adds at least one
 * finding, and knows from the ones before how far a request gets.
 */
#ifndef VISIT_H
#define VISIT_H

#include "doctor/advice.h"
#include "doctor/exchange.h"

/* How far a request gets. */
enum visit_level {
	VISIT_NOWHERE,
	VISIT_SERVER,  /* an HTTP answer comes */
	VISIT_TRUSTED, /* ... and the secret may be sent there */
	VISIT_STORED,  /* an empty form is 200, from mixspool */
};

struct visit {
	struct diagnosis *diagnosis;
	struct exchange_peer peer;
	bool has_secret; /* one was given, in any way */
	bool insecure;   /* send it to anybody */
	enum visit_level level;
	enum server server;
	char server_header[64]; /* of the first answer, or "" */
	bool has_campaigns;     /* a made-up campaign is mixspool's own 404 */
	bool wants_secret;      /* without a secret, 401 */
	size_t refused;         /* bytes of a body that is too large, or 0 */
	bool has_clock;
	int64_t clock_ahead_s; /* the server's before ours */
};

/* Runs all checks. */
void visit_run(struct visit *visit);

#endif
