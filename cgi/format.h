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

#define FORMAT_FORM_TYPE "application/x-www-form-urlencoded"

/* Senders understand the same status differently: a table for each format. */
struct format_reply {
	int status;
	const char *reason;
	const char *headers; /* further ones, each with its CRLF */
};

/* Bytes of an answer's body, at most; a text may grow sixfold when escaped. */
#define FORMAT_BODY_SIZE 4096

struct format {
	/* Is it the Content-Type, without its parameters, of LENGTH bytes? */
	bool (*is_type)(const char *type, size_t length);
	const char *answer_type; /* the Content-Type of its answers */
	struct format_reply replies[OUTCOMES];

	/*
	 * A step: finds the users in SIZE bytes of BODY, in place. False:
	 * ANSWER says why, and repeats nothing of the body. True: its text is
	 * why the first element was set aside, or "". Call users_free later.
	 */
	bool (*take_users)(char *body, size_t size,
	    const struct users_limits *limits, struct users *users,
	    struct answer *answer);

	/* Writes the body of an answer to TO. Returns its size. */
	size_t (*write_body)(const struct answer *answer,
	    const struct format_reply *reply, char to[FORMAT_BODY_SIZE]);
};

extern const struct format format_form, format_json;

/* The end of take_users: sets ANSWER by STATUS, and returns what that step
   returns. */
bool format_conclude(enum users_status status, const struct users_error *error,
    struct answer *answer);

/* NULL: no format has this Content-Type, which may be NULL. */
const struct format *format_find(const char *content_type) MUST_USE;

#endif
