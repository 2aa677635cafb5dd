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

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

struct client;

struct client_options {
	const char *url;
	const char *user;    /* NAME:PASSWORD for HTTP Basic, or NULL */
	const char *netrc;   /* a file of netrc(5), or NULL */
	const char *proxy;   /* an URL; NULL leaves it to the environment */
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
	size_t slot;
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

/* Starts a POST in a slot that has none under way. BODY must stay as it is
   until the answer is there. 0, or -1 and ENOMEM. */
int client_post(struct client *client, size_t slot, const char *body,
    size_t size, enum client_fault fault) MUST_USE;

/*
 * Works until an answer is there, FD (or -1) is readable, a signal that is not
 * in MASK came, or for MS milliseconds; -1: for as long as it takes.
 */
void client_work(struct client *client, int ms, int fd, const sigset_t *mask);

/* The next answer that client_work has brought; false: no more. */
bool client_next_answer(struct client *client, struct client_answer *answer);

/* What is under way is cut off. CLIENT may be NULL. */
void client_close(struct client *client);

#endif
