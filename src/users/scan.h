/*
 * scan.h: finds where a user ends in a list, and mends it.
 *
 * Two readers share the work on an element that is not a plain user (plain.h).
 * This one knows strings, brackets and numbers only; user.h then judges exactly
 * the bytes that it found, with jansson. Some valid JSON is beyond jansson:
 * numbers out of its range, a NUL in a member's name. It gets a copy with
 * stand-ins for those, of the same length, so that positions stay true.
 */
#ifndef SCAN_H
#define SCAN_H

#include <stdbool.h>

#include "users/marks.h"
#include "users/user_rule.h"

struct scan_user {
	char *start, *end;
	bool is_plain;       /* plain.h: known to be a user */
	bool needs_stand_in; /* jansson needs a copy: scan_stand_in */
	size_t depth;        /* levels of nesting; 0: not an object or list */
	bool long_integer;   /* one has over USER_MAX_DIGITS of user.h */
	struct user_values values; /* once it is USER_OK (user.h) */
};

/*
 * Finds the end of the element at `start`, which is in the text of MARKS, and
 * mends it in place: CR and LF between tokens become spaces, an escape of an
 * unpaired surrogate becomes \ufffd. An element that never ends reaches to the
 * end of the text, and is not JSON.
 */
void scan_element(
    struct scan_user *user, struct marks *marks, const struct user_rule *rule);

/* The same, in the text from its start to END. */
void scan_user(struct scan_user *user, char *end, const struct user_rule *rule);

/* Does the same to a copy of a user, and replaces what is beyond jansson. */
void scan_stand_in(struct scan_user *user, char *end);

#endif
