/*
 * scan.h: where a user ends in a list of users, and what has to be mended.
 *
 * Of a user that is not plain (plain.h) two readers share the work. This one
 * needs no more than strings, brackets and numbers; jansson then judges exactly
 * the bytes that it found. What is valid
 * JSON but beyond jansson (numbers out of its range, NUL in a member's name) is
 * replaced for it in a copy, of the same length so that its positions stay
 * true.
 */
#ifndef SCAN_H
#define SCAN_H

#include <stdbool.h>

#include "users/user_rule.h"

struct scan_user {
	char *start, *end;
	bool is_plain;       /* plain.h: known to be a user */
	bool needs_stand_in; /* jansson must be given a copy */
	bool too_deep;       /* over USER_MAX_DEPTH of user.h */
};

/*
 * Finds the end of the user at `start`, which is below END, and mends it in
 * place: CR and LF between tokens become spaces, an escape of an unpaired
 * surrogate becomes \ufffd. A user that never ends reaches to END and fails in
 * jansson.
 */
void scan_user(struct scan_user *user, char *end, const struct user_rule *rule);

/* The same for a user that is not plain; replaces what jansson cannot take. */
void scan_stand_in(struct scan_user *user, char *end);

#endif
