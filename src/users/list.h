/*
 * list.h: the elements of a JSON list, each judged by a rule (user.h).
 *
 * One bad element does not keep its neighbours out: what is JSON and not a user
 * is set aside (aside.h). What is not JSON spoils the whole list.
 */
#ifndef LIST_H
#define LIST_H

#include "base/attributes.h"
#include "users/scan.h"
#include "users/user.h"
#include "users/users.h"

struct list {
	struct marks *marks; /* all of it */
	const char *start;   /* positions count from here */
	const struct user_rule *rule;
	const struct users_limits *limits;
	struct users_error *error; /* USERS_OK: why the first was set aside */
	struct aside *aside;
	size_t count; /* of elements, users or not */
	/* Takes a user, in the order of the list. 0, or -1: no memory. */
	int (*add)(void *context, const struct scan_user *user);
	void *context;
};

/*
 * P is at the '[', below END. Sets *AFTER to what follows the ']', and mends
 * the elements in place. USERS_TOO_MANY and USERS_INVALID: see users.h.
 */
enum users_status list_read(
    struct list *list, char *p, char *end, char **after) MUST_USE;

/* user_check, of large elements one at a time (USERS_LARGE). */
enum user_status list_check(const struct list *list, struct scan_user *element,
    struct user_fault *fault) MUST_USE;

/* List is not JSON: at P stands not what is EXPECTED. Always USERS_INVALID. */
enum users_status list_unexpected(const struct list *list, const char *p,
    const char *end, const char *expected);

#endif
