/*
 * user.h: one user, judged by the rule of its format (user_rule.h).
 */
#ifndef USER_H
#define USER_H

#include <stddef.h>

#include "base/attributes.h"
#include "users/scan.h"

/*
 * Levels of nesting, the user itself included. jq 1.6 takes 128 levels of
 * objects and 254 of arrays, PHP's json_decode 512, Python's json about 1,000.
 */
#define USER_MAX_DEPTH 128

enum user_status { USER_OK, USER_INVALID, USER_NO_MEMORY };

/* Why a user is invalid, for people; repeats nothing of the user. */
struct user_fault {
	const char *what;
	size_t position; /* bytes from the user's start, or USER_NO_POSITION */
};
#define USER_NO_POSITION ((size_t)-1)

/* What the id says: 1 and "1" are the same. */
struct user_id {
	const char *text; /* not ended by NUL; in the user, or in `owner` */
	size_t size;
	struct json_t *owner;
};

/* Once, before any thread reads users: jansson's memory and its random seed. */
void user_init(void);

/* Judges what scan_user found by the same rule; sets FAULT for USER_INVALID. */
enum user_status user_check(const struct scan_user *user,
    const struct user_rule *rule, struct user_fault *fault) MUST_USE;

/*
 * The id of a user that is USER_OK; user_id_free when done with it. 0, or -1
 * without memory.
 */
int user_id_read(const struct scan_user *user, const struct user_rule *rule,
    struct user_id *id) MUST_USE;
void user_id_free(struct user_id *id);

#endif
