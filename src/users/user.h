/*
 * user.h: one element of a list, judged by the rule of its format
 * (user_rule.h).
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

/* Of an integer, without its sign. Python's json refuses longer ones: the limit
   of its int(), https://docs.python.org/3/library/stdtypes.html, since 3.11. */
#define USER_MAX_DIGITS 4300

enum user_status {
	USER_OK,
	USER_NONE,    /* JSON, and not a user by the rule */
	USER_INVALID, /* not JSON */
	USER_NO_MEMORY,
};

/* What is wrong, for people; quotes nothing of the element. */
struct user_fault {
	const char *what;
	size_t position; /* bytes from its start, or USER_NO_POSITION */
};
#define USER_NO_POSITION ((size_t)-1)

/* Once, before any thread reads users: jansson's memory and its random seed. */
void user_init(void);

/*
 * Judges what scan_user found by the same RULE. Sets FAULT if it is USER_NONE
 * or USER_INVALID. If it is USER_OK, user->values are set, and properties that
 * are an empty list become an empty object.
 */
enum user_status user_check(struct scan_user *user,
    const struct user_rule *rule, struct user_fault *fault) MUST_USE;

#endif
