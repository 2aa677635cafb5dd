/*
 * format.h: what the body of a POST may be, and how its sender is answered.
 *
 * The Content-Type decides. A new format is one file and a word in format.c.
 */
#ifndef FORMAT_H
#define FORMAT_H

#include "base/attributes.h"
#include "cgi/answer.h"
#include "users/users.h"

/* Senders understand the same status differently: a table for each format. */
struct format_reply {
	int status;
	const char *reason;
	const char *headers; /* further ones, each with its CRLF */
};

struct format {
	const char *content_type; /* without parameters */
	struct format_reply replies[OUTCOMES];

	/*
	 * A step: finds the users in SIZE bytes of BODY, in place. False:
	 * ANSWER says why, and repeats nothing of the body. True: its text is
	 * why the first element was set aside, or "". Call users_free later.
	 */
	bool (*take_users)(char *body, size_t size,
	    const struct users_limits *limits, struct users *users,
	    struct answer *answer);
};

extern const struct format format_form;

/* NULL: no format has this Content-Type, which may be NULL. */
const struct format *format_find(const char *content_type) MUST_USE;

#endif
