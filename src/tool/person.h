/*
 * person.h: which people a line of the spool is about.
 *
 * An id is compared as a value of JSON: escapes are decoded, and a number is
 * its text, so that 1 and "1" are the same. A line of a user or of a cohort has
 * its own `$distinct_id`, and that of a cohort has the member's
 * `mixpanel_distinct_id` and `$distinct_id`, too. One without, such as an
 * event, has a `distinct_id` of its own or in its `properties`.
 *
 * What was set aside is not a user, so there any of these names counts, however
 * deep in the element, with an id or a list of ids; and so does an element that
 * is nothing else. In a line that is not JSON any of the names counts, too.
 */
#ifndef PERSON_H
#define PERSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "tool/ids.h"

enum person {
	PERSON_OTHER,   /* not about one of them */
	PERSON_WANTED,  /* about one of them */
	PERSON_UNKNOWN, /* the line is not JSON, and no id is found in it */
	PERSON_NO_MEMORY,
};

/* Of a line, without its end. Call user_init (user.h) once before. */
enum person person_of(
    struct ids *ids, const char *line, size_t size, bool is_aside) MUST_USE;

#endif
