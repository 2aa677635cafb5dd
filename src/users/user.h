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

/* Why a user is invalid, for people; quotes nothing of the user. */
struct user_fault {
	const char *what;
	size_t position; /* bytes from the user's start, or USER_NO_POSITION */
};
#define USER_NO_POSITION ((size_t)-1)

/* Once, before any thread reads users: jansson's memory and its random seed. */
void user_init(void);

/* Judges what scan_user found by the same RULE. Sets FAULT if USER_INVALID. */
enum user_status user_check(const struct scan_user *user,
    const struct user_rule *rule, struct user_fault *fault) MUST_USE;

#endif
