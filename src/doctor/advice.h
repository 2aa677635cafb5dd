/*
 * advice.h: what to change when a check from outside fails, for each web
 * server: one table. The lines are those of the examples.
 */
#ifndef ADVICE_H
#define ADVICE_H

#include "doctor/diagnosis.h"
#include "doctor/server.h"

enum fault {
	FAULT_NONE,
	FAULT_CHAIN,          /* an intermediate certificate is missing */
	FAULT_EXPIRED,        /* the certificate, or it soon will */
	FAULT_UNTRUSTED,      /* self-signed, or of an unknown authority */
	FAULT_NAME,           /* the certificate is for another host */
	FAULT_TLS,            /* no TLS at that port, or an old one */
	FAULT_PLAIN,          /* http */
	FAULT_CONNECT,        /* nobody answers */
	FAULT_IPV6,           /* nobody answers there */
	FAULT_REDIRECT,       /* 3xx */
	FAULT_OWN_PASSWORD,   /* the server's own 401 */
	FAULT_FORBIDDEN,      /* its 403 */
	FAULT_NO_ROUTE,       /* its 404 for the URL */
	FAULT_NO_PROGRAM,     /* its 405: it serves a file there */
	FAULT_RATE,           /* its 429 */
	FAULT_BROKEN,         /* its 500 */
	FAULT_NO_RECEIVER,    /* its 502, 503, 504 */
	FAULT_NOT_MIXSPOOL,   /* a 200 of something else */
	FAULT_CAMPAIGN_ROUTE, /* its 404 for a campaign's URL */
	FAULT_NO_PATH,        /* PATH_INFO is missing */
	FAULT_WHOLE_PATH,     /* the mount is in PATH_INFO */
	FAULT_WITHHELD,       /* the Authorization header */
	FAULT_LIMIT,          /* its 413, or 500, of a body within our limit */
	FAULT_LIMIT_ANSWER,   /* its 413 is not a 503 in JSON */
	FAULT_NO_LENGTH,      /* a body without a Content-Length */
	FAULT_EARLY,          /* an early answer is lost */
	FAULT_SLOW,           /* a body that takes seconds */
	FAULT_HEAD,           /* the answer to HEAD */
	FAULT_CLOCK,
	FAULT_NO_SECRET, /* anybody may post */
	FAULT_NO_HEALTH,
	FAULT_CAMPAIGN,    /* mixspool's 404 */
	FAULT_SECRET,      /* mixspool's 401: wrong, or not given */
	FAULT_MIXSPOOL,    /* another refusal of mixspool's */
	FAULT_CERTIFICATE, /* the line of the first four */
	FAULT_COUNT,
};

/* Adds advice to the last finding. */
void advice_give(
    struct diagnosis *diagnosis, enum server server, enum fault fault);

#endif
