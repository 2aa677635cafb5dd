/*
 * members.h: a user's own members.
 *
 * Names are compared as they are decoded: "a" and "\u0061" are the same. What
 * is inside of a member is not looked at, so that names may repeat there.
 */
#ifndef MEMBERS_H
#define MEMBERS_H

#include <stdbool.h>

#include "base/attributes.h"
#include "users/scan.h"
#include "users/user_rule.h"

struct members {
	struct user_values values;
	bool repeated; /* a name is there twice, where the rule is strict */
};

/* Reads the members of an object that is valid JSON. 0, or -1 when there is no
   memory. */
int members_read(const struct scan_user *user, const struct user_rule *rule,
    struct members *members) MUST_USE;

#endif
