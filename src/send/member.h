/*
 * member.h: a profile as a member of a cohort's page: its id as
 * "mixpanel_distinct_id", a string, and its properties, of which "$email",
 * "$first_name" and "$last_name" are without their '$'. The values are copied
 * byte for byte.
 *
 * A property that has the name of one of these four, or of an id, is left out.
 */
#ifndef MEMBER_H
#define MEMBER_H

#include <stddef.h>

#include "base/attributes.h"
#include "users/scan.h"

struct member {
	char *text; /* owned; `size` bytes */
	size_t size, room;
};

/* Writes USER, which is valid by user_rule_form, to MEMBER, which begins as
   {0}. 0, or -1 and ENOMEM. */
int member_write(struct member *member, const struct scan_user *user) MUST_USE;

void member_free(struct member *member);

#endif
