/*
 * line.h: one line of the spool: a user of the form, a member or an empty page
 * of a cohort, or something else.
 */
#ifndef LINE_H
#define LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "users/token.h"

/* JSON as it stands in the line, from `start` to below `end`; NULL: none. */
struct line_value {
	const char *start, *end;
};

struct line {
	enum line_kind {
		LINE_FORM,   /* has an id */
		LINE_COHORT, /* has `cohort`, and an id unless the page is empty
			      */
		LINE_OTHER,  /* an alert or an event */
	} kind;
	bool has_id;
	struct token_text id;
	struct line_value properties, cohort, key;
	bool is_last_cohort; /* `cohort` is the same as LAST of line_read */
};

/*
 * Reads SIZE bytes at TEXT, which stay the owner of all but ids with escapes.
 * KEY is the name of a member to find, there or in its "properties"; or NULL.
 * LAST is the `cohort` of a line before, which this one may share, so that it
 * is not read again; or none. 0 and a line for line_free; or -1 and WHY, a
 * constant without data, or NULL: no memory.
 */
int line_read(const char *text, size_t size, const char *key,
    struct line_value last, struct line *line, const char **why) MUST_USE;
void line_free(struct line *line);

/* Steps through the members of an object: P is at its '{' or behind a member.
   NULL after the last one, or when there is no valid member. */
struct json_member;
const char *line_next(
    const char *p, const char *end, struct json_member *member);

/* As token_decode. -1 and WHY, a constant without data, or NULL: no memory. */
int line_decode(struct line_value token, struct token_text *text,
    const char **why) MUST_USE;

/* Is a name, which line_next found, NAME? -1: no memory. */
int line_is_name(const struct json_member *member, const char *name);

#endif
