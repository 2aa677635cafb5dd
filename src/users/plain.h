/*
 * plain.h: users that one pass can judge.
 *
 * Nearly all users are plain: no number of many digits or with a large
 * exponent, no escape in the name of one of the user's own members, no unpaired
 * surrogate, moderate nesting. One pass over such a user finds its end and
 * proves that it is a user, without building a tree.
 *
 * jansson accepts every plain user. All others, valid or not, are left to
 * scan.h and jansson, which also find the words for what is wrong.
 */
#ifndef PLAIN_H
#define PLAIN_H

#include "users/marks.h"
#include "users/name_set.h"
#include "users/user_rule.h"

#define PLAIN_DEPTH 32 /* levels of nesting, the user itself included */
#define PLAIN_NAMES NAME_SET_MAX /* of own members */
#define PLAIN_INTEGER 18 /* bytes; every integer of this size fits 64 bits */
#define PLAIN_REAL 32    /* bytes, with an exponent of up to two digits */

/*
 * Returns the end of the user at START, in the text of MARKS, or NULL when it
 * is not plain or not a user by RULE, and sets VALUES. In a text that is not
 * UTF-8 no user is plain: none of it will be kept. Either way, CR and LF
 * between tokens become spaces. Properties that are an empty list become an
 * empty object.
 */
char *plain_user(char *start, struct marks *marks, const struct user_rule *rule,
    struct user_values *values);

#endif
