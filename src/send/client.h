/*
 * client.h: POSTs over HTTP/1.1 with libcurl, several at a time from one
 * thread, each in a slot with a connection that is kept open between POSTs.
 *
 * A POST is sent once. libcurl would send it again by itself when a connection
 * turns out to be closed; here that is a failure like any other, with `status`
 * 0, unless nothing of the body was sent. Redirects are not followed. An answer
 * beyond the bounds of incoming.h is cut off, and counts as none.
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
	const char *type;    /* Content-Type; NULL: that of a form */
	const char *user;    /* NAME:PASSWORD for HTTP Basic, or NULL */
	const char *netrc;   /* a file of netrc(5), or NULL */
	const char *proxy;   /* a URL; NULL leaves it to the environment */
	const char *ca_file; /* PEM, alone trusted, also for a proxy; NULL for
				the system's */
	bool insecure;       /* any certificate of the endpoint will do */
	uint64_t timeout_s;  /* from connecting to the answer's end */
};

/* What a bad network does to a POST, on purpose. */
enum client_fault {
	CLIENT_NO_FAULT,
	CLIENT_CUT_BODY,    /* close in the middle of the body */
	CLIENT_DROP_ANSWER, /* close when all is sent, before the answer */
};

#define CLIENT_LOCATION 256 /* bytes of `location`, its end included */

/* Texts are printable ASCII, and last until the slot's next POST. */
struct client_answer {
	void *context;    /* as client_post got it */
	long status;      /* of HTTP; 0: no answer, or a part of one */
	const char *why;  /* ... for status 0 */
	bool stale;       /* ... the kept connection was closed, perhaps before
			     the POST */
	bool is_lasting;  /* ... another attempt would fail in the same way */
	const char *text; /* the start of the first line, with '?' for
			     other characters */
	const char *line; /* the same as it came, `line_size` bytes */
	size_t line_size;
	size_t whole_size;    /* ... of all lines; 0: more than are kept */
	const char *location; /* where a redirect leads, as url_show writes it,
				 or "" */
	uint64_t asked_s;     /* the pause that the endpoint asked for, or 0 */
	uint64_t us;          /* from start to end */
};

/* NULL without memory or descriptors. OPTIONS must outlive the client. */
struct client *client_open(
    const struct client_options *options, size_t slots) MUST_USE;

/* Whether fewer POSTs are under way than there are slots. */
bool client_has_slot(const struct client *client);

/* Starts a POST in a free slot. BODY must not change before the answer is
   there. 0, or -1 and ENOMEM. */
int client_post(struct client *client, void *context, const char *body,
    size_t size, enum client_fault fault) MUST_USE;

#define CLIENT_FDS 2

/*
 * Works until an answer is there, one of COUNT descriptors is readable, or MS
 * milliseconds have passed; -1: without a limit. COUNT is at most CLIENT_FDS,
 * and descriptors below 0 do not count.
 */
void client_work(
    struct client *client, int64_t ms, const int *fds, size_t count);

/* The next answer; false: no more. */
bool client_next_answer(struct client *client, struct client_answer *answer);

/* Cuts off what is under way. CLIENT may be NULL. */
void client_close(struct client *client);

#endif
