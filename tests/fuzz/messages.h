/*
 * messages.h: all that may be said about a body. A message is one of these, to
 * the last byte, with numbers for each '#': so it repeats nothing of the body.
 */
#ifndef MESSAGES_H
#define MESSAGES_H

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* Of a user, behind "users[#]: "; with a position or without. */
static const char *const user_messages[] = {
    "a member twice",
    "not an object",
    "an integer of over # digits",
    "not UTF-8",
    "not JSON, it ends too early",
    "not JSON, a NUL",
    "not JSON",
    "no $distinct_id",
    "$distinct_id is empty",
    "$distinct_id is neither a string nor an integer",
    "no $properties",
    "$properties is not an object",
    "nested deeper than # levels",
    NULL,
};

static const char *const list_messages[] = {
    "users is not a JSON list",
    "more than # users in one request",
    "users is not JSON: it ends after # bytes, expected a user",
    "users is not JSON: it ends after # bytes, expected ',' or ']'",
    "users is not JSON: expected a user at byte # of users",
    "users is not JSON: expected ',' or ']' at byte # of users",
    "users is not JSON: expected the end at byte # of users",
    NULL,
};

static const char *const body_messages[] = {
    "a % without two hexadecimal digits at byte # of the body",
    "the form has no field users",
    "the form has the field users more than once",
    "the body was cut off",
    "the body is over # bytes (MIXSPOOL_MAX_BODY)",
    "the body has # bytes, its Content-Length says #",
    "the body is longer than its Content-Length, # bytes",
    "more than # users in one request (MIXSPOOL_MAX_USERS)",
    NULL,
};

/* What of TEXT is left behind SHAPE, or NULL when it does not begin with it. */
static inline const char *
behind(const char *text, const char *shape)
{
	for (; text && *shape; shape++) {
		if (*shape == '#' && isdigit((unsigned char)*text))
			text += strspn(text, "0123456789");
		else
			text = *text == *shape ? text + 1 : NULL;
	}
	return text;
}

static inline bool
is_one_of(const char *text, const char *const *shapes, const char *end)
{
	const char *rest;

	for (; text && *shapes; shapes++) {
		rest = behind(behind(text, *shapes), end);
		if (rest && *rest == '\0')
			return true;
	}
	return false;
}

static inline bool
is_message_of_users(const char *text)
{
	const char *of_user = behind(text, "users[#]: ");

	return is_one_of(text, list_messages, "") ||
	       is_one_of(of_user, user_messages, "") ||
	       is_one_of(of_user, user_messages, ", near byte # of users");
}

static inline bool
is_message_of_body(const char *text)
{
	return is_one_of(text, body_messages, "") || is_message_of_users(text);
}

#endif
