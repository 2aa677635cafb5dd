/*
 * users.h: the JSON list of a webhook, checked and turned into lines.
 *
 * One bad element does not keep its neighbours out: what is JSON and not a user
 * is set aside (aside.h). What is not JSON spoils the whole list, and so does a
 * list without any user in it, unless it is empty.
 *
 * A line is the user byte for byte as it came, except that CR and LF between
 * tokens become spaces, and that an escape of an unpaired surrogate becomes
 * \ufffd, since databases refuse it (RFC 8259, section 8.2). Numbers keep their
 * digits, and names inside of the properties may repeat. Properties that are an
 * empty list, as PHP writes an empty object, become an empty object.
 */
#ifndef USERS_H
#define USERS_H

#include <semaphore.h>
#include <stddef.h>
#include <sys/uio.h>

#include "base/attributes.h"
#include "users/aside.h"
#include "users/user_rule.h"

/*
 * Larger users are judged one at a time, since jansson's tree takes up to 130
 * bytes for each byte of JSON.
 */
#define USERS_LARGE 16384

struct users_limits {
	size_t max_users; /* elements of a list, users or not */
	sem_t *large;     /* value 1, shared by all threads that read users */
};

/* The lines are in one piece, or in many; each ends with its '\n'. */
struct users {
	char *lines; /* points into the text that was read */
	size_t size; /* bytes of them */
	size_t count;
	struct iovec *pieces; /* owned; of the text, and of `frame` */
	size_t piece_count;
	char *frame;        /* owned */
	struct aside aside; /* owned: users_free */
};

enum users_status {
	USERS_OK,        /* with something aside, `error` is the first reason */
	USERS_INVALID,   /* for good: `error` says why */
	USERS_TOO_MANY,  /* over max_users: `error` says the limit */
	USERS_TOO_LARGE, /* over another limit, likewise */
	USERS_NO_MEMORY,
};

/* One line for people; quotes nothing of the text. */
struct users_error {
	char text[160];
};

/*
 * Turns SIZE bytes of TEXT, a list of users by RULE, into lines, in place. TEXT
 * is changed even if it is not such a list. Call users_free if it is USERS_OK.
 */
enum users_status users_read(char *text, size_t size,
    const struct user_rule *rule, const struct users_limits *limits,
    struct users *users, struct users_error *error) MUST_USE;
void users_free(struct users *users);

#endif
