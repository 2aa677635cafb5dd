/*
 * client.h: POSTs over HTTP/1.1 with libcurl, several at a time from one
 * thread, each in a slot with a connection that is kept open between POSTs.
 *
 * A POST is sent once: what libcurl would send again by itself, on a connection
 * that turns out to be closed, is an answer with `status` 0 like any other
 * failure, unless nothing of the body had been sent. Redirects are not
 * followed.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

struct client;

struct client_options {
	const char *url;
	const char *user;    /* NAME:PASSWORD for HTTP Basic, or NULL */
	const char *netrc;   /* a file of netrc(5), or NULL */
	const char *proxy;   /* a URL; NULL leaves it to the environment */
	const char *ca_file; /* PEM; NULL for the system's */
	bool insecure;       /* any certificate will do */
	uint64_t timeout_s;  /* from connecting to the answer's end */
};

/* What a bad network does to a POST, on purpose. */
enum client_fault {
	CLIENT_NO_FAULT,
	CLIENT_CUT_BODY,    /* close in the middle of the body */
	CLIENT_DROP_ANSWER, /* close when all is sent, before the answer */
};

struct client_answer {
	void *context;    /* as client_post got it */
	long status;      /* 0: no answer, or not all of it */
	const char *why;  /* there is none; a constant */
	bool stale;       /* ... since a connection that was kept open was
			     closed, perhaps before the POST */
	const char *text; /* the answer's first line or its start; printable
			     ASCII; until the slot's next POST */
	uint64_t us;      /* from start to end */
};

/* NULL without memory or descriptors. OPTIONS must outlive the client. */
struct client *client_open(
    const struct client_options *options, size_t slots) MUST_USE;

/* Whether fewer POSTs are under way than there are slots. */
bool client_has_slot(const struct client *client);

/* Starts a POST when there is a slot. BODY must stay as it is until the answer
   is there. 0, or -1 and ENOMEM. */
int client_post(struct client *client, void *context, const char *body,
    size_t size, enum client_fault fault) MUST_USE;

#define CLIENT_FDS 2

/*
 * Works until an answer is there or one of COUNT (up to CLIENT_FDS) descriptors
 * is readable, those below 0 aside, or for MS milliseconds; -1: for as long as
 * it takes.
 */
void client_work(
    struct client *client, int64_t ms, const int *fds, size_t count);

/* The next answer that client_work has brought; false: no more. */
bool client_next_answer(struct client *client, struct client_answer *answer);

/* What is under way is cut off. CLIENT may be NULL. */
void client_close(struct client *client);

#endif
