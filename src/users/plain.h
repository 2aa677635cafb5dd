/*
 * plain.h: users that need no second look.
 *
 * Nearly all users are plain: no number of many digits or with a large
 * exponent, no escape in a member's name, no unpaired surrogate, moderate
 * nesting. One pass over such a user finds its end and knows it to be valid,
 * without a tree of it.
 *
 * It is sure only of what jansson accepts, too. Whatever else there is, valid
 * or not, it leaves to scan.h and jansson, who also know what to say of it.
 */
#ifndef PLAIN_H
#define PLAIN_H

#include "users/user_rule.h"

#define PLAIN_DEPTH 32   /* levels of nesting, the user itself included */
#define PLAIN_NAMES 256  /* of members, in all objects open at a time */
#define PLAIN_INTEGER 18 /* bytes; all of that size fit 64 bits */
#define PLAIN_REAL 32    /* bytes; with an exponent of up to two digits */

/*
 * The end of the user by RULE at START, which is below END; NULL when it is not
 * plain. CR and LF between its tokens become spaces, also when NULL is
 * returned.
 */
char *plain_user(char *start, const char *end, const struct user_rule *rule);

#endif
