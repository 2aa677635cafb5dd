/*
 * json.h: the tokens of JSON (RFC 8259), read strictly.
 *
 * A token starts at P and is valid only if all of it is below END. The readers
 * return what follows it, or NULL when there is no valid token.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>

struct json_number {
	bool is_integer; /* has neither a fraction nor an exponent */
	size_t exponent; /* digits of the exponent, 0 without one */
};

struct json_member {
	const char *name, *name_end; /* with its quotes */
	const char *value, *value_end;
};

/* What follows white space, if there is any. */
const char *json_skip_space(const char *p, const char *end);

/*
 * P is behind the opening quote. IS_ODD is set for an escaped NUL and for an
 * escape of an unpaired surrogate: valid, but beyond many programs.
 */
const char *json_read_string(const char *p, const char *end, bool *is_odd);

/* P is at the backslash of an escape. IS_ODD as above. */
const char *json_read_escape(const char *p, const char *end, bool *is_odd);

const char *json_read_number(
    const char *p, const char *end, struct json_number *number);

/* true, false or null. */
const char *json_read_literal(const char *p, const char *end);

/*
 * Any value, with up to DEPTH levels of nesting, at most JSON_DEPTH_MAX. Names
 * may repeat. json_read_deep takes MAX levels, with a bit of BITS for each, and
 * skips white space before the value.
 */
#define JSON_DEPTH_MAX 2048
const char *json_read_value(const char *p, const char *end, unsigned depth);
const char *json_read_deep(
    const char *p, const char *end, unsigned char *bits, size_t max);

/* A member with such a value; P is behind the '{' or ',' in front of it. */
const char *json_read_member(
    const char *p, const char *end, unsigned depth, struct json_member *member);

/* Steps through the members of an object, whatever their depth: P is at its '{'
   or behind a member. NULL after the last one, or before one that is not valid.
 */
const char *json_next_member(
    const char *p, const char *end, struct json_member *member);

/*
 * The UTF-16 code unit of an escape "\uXXXX" (section 7), or -1 when there is
 * none at P.
 */
int json_escape_unit(const char *p, const char *end);

#endif
