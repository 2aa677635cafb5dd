#include "users.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Two readers share the work. scan_user finds where a user ends, mends what
 * may not go into a line, and measures the nesting; it needs no more than
 * strings, brackets and numbers for that. jansson then judges exactly those
 * bytes. What is valid JSON but beyond jansson (numbers out of its range, NUL
 * in a member's name) is replaced for it in a copy, of the same length so that
 * its positions stay true.
 */

enum number { NUMBER_INVALID, NUMBER_INTEGER, NUMBER_REAL };

struct user {
	char *start, *end;
	bool needs_stand_in; /* jansson must be given a copy */
	bool too_deep;
};

struct reader {
	const char *start, *end; /* of the whole list */
	const struct users_limits *limits;
	struct users_error *error;
};

/* Up to this many bytes, a number without exponent fits jansson. */
#define PLAIN_NUMBER 18

static enum users_status __attribute__((format(printf, 2, 3)))
invalid(const struct reader *reader, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(
	    reader->error->text, sizeof reader->error->text, format, arguments);
	va_end(arguments);
	return USERS_INVALID;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static char *
skip_digits(char *p, const char *end)
{
	while (p < end && is_digit(*p))
		p++;
	return p;
}

/* RFC 8259, section 6: of which kind are the bytes from P to END? */
static enum number
number_kind(char *p, const char *end)
{
	enum number kind = NUMBER_INTEGER;
	char *digits;

	if (p < end && *p == '-')
		p++;
	digits = p;
	p = skip_digits(p, end);
	if (p == digits || (*digits == '0' && p - digits > 1))
		return NUMBER_INVALID;
	if (p < end && *p == '.') {
		kind = NUMBER_REAL;
		digits = ++p;
		p = skip_digits(p, end);
		if (p == digits)
			return NUMBER_INVALID;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		kind = NUMBER_REAL;
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		digits = p;
		p = skip_digits(p, end);
		if (p == digits)
			return NUMBER_INVALID;
	}
	return p == end ? kind : NUMBER_INVALID;
}

static char *
scan_number(char *p, const char *end, struct user *user, bool stand_in)
{
	char *start = p;
	bool exponent = false;
	enum number kind;

	for (; p < end && (is_digit(*p) || (*p && strchr("+-.eE", *p))); p++)
		exponent |= *p == 'e' || *p == 'E';
	if (p - start <= PLAIN_NUMBER && !exponent)
		return p;
	user->needs_stand_in = true;
	kind = number_kind(start, p);
	if (!stand_in || kind == NUMBER_INVALID)
		return p;
	memset(start, ' ', (size_t)(p - start));
	memcpy(start, kind == NUMBER_REAL ? "0.0" : "0",
	    kind == NUMBER_REAL ? 3 : 1);
	return p;
}

/* The code unit of the escape "\uXXXX" at P, or -1 when there is none. */
static int
escaped_unit(const char *p, const char *end)
{
	int unit = 0, i;

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (i = 2; i < 6; i++) {
		unsigned char c = (unsigned char)p[i];

		if (is_digit((char)c))
			unit = unit * 16 + c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			unit = unit * 16 + (c | 0x20) - 'a' + 10;
		else
			return -1;
	}
	return unit;
}

/* P is at a backslash inside a string; returns what follows the escape. */
static char *
scan_escape(char *p, const char *end, struct user *user, bool stand_in)
{
	int unit = escaped_unit(p, end), low;

	if (unit < 0)
		return end - p < 2 ? p + 1 : p + 2;
	if (unit == 0) {
		user->needs_stand_in = true;
		if (stand_in)
			memcpy(p, "\\uffff", 6);
	}
	if (unit >= 0xd800 && unit <= 0xdbff) {
		low = escaped_unit(p + 6, end);
		if (low >= 0xdc00 && low <= 0xdfff)
			return p + 12;
	}
	if (unit >= 0xd800 && unit <= 0xdfff)
		memcpy(p, "\\ufffd", 6);
	return p + 6;
}

static char *
scan_string(char *p, const char *end, struct user *user, bool stand_in)
{
	while (p < end && *p != '"')
		p = *p == '\\' ? scan_escape(p, end, user, stand_in) : p + 1;
	return p < end ? p + 1 : p;
}

/* Sets user->end; one that never ends reaches to END and fails in jansson. */
static void
scan_user(struct user *user, char *end, bool stand_in)
{
	char *p = user->start;
	size_t depth = 0;

	do {
		if (*p == '"') {
			p = scan_string(p + 1, end, user, stand_in);
			continue;
		}
		if (*p == '-' || is_digit(*p)) {
			p = scan_number(p, end, user, stand_in);
			continue;
		}
		switch (*p) {
		case '\n':
		case '\r':
			*p = ' ';
			break;
		case '{':
		case '[':
			if (++depth > USERS_MAX_DEPTH)
				user->too_deep = true;
			break;
		case '}':
		case ']':
			depth--;
			break;
		}
		p++;
	} while (p < end && depth > 0);
	user->end = p;
}

static enum users_status
refused_by_jansson(const struct reader *reader, const struct user *user,
    size_t index, const json_error_t *error)
{
	size_t position = (size_t)(user->start - reader->start);
	const char *what = "not JSON";

	if (error->position > 0)
		position += (size_t)error->position;
	switch (json_error_code(error)) {
	case json_error_out_of_memory:
		return USERS_NO_MEMORY;
	case json_error_duplicate_key:
		what = "a member name twice in one object";
		break;
	case json_error_invalid_utf8:
		what = "not UTF-8";
		break;
	case json_error_premature_end_of_input:
		what = "not JSON, it ends too early";
		break;
	default:
		break;
	}
	return invalid(reader, "users[%zu]: %s, near byte %zu of users", index,
	    what, position);
}

static enum users_status
check_members(const struct reader *reader, const json_t *user, size_t index)
{
	const json_t *id = json_object_get(user, "$distinct_id");
	const json_t *properties = json_object_get(user, "$properties");

	if (!id)
		return invalid(reader, "users[%zu]: no $distinct_id", index);
	if (json_is_string(id) && json_string_length(id) == 0)
		return invalid(
		    reader, "users[%zu]: $distinct_id is empty", index);
	if (!json_is_string(id) && !json_is_integer(id))
		return invalid(reader,
		    "users[%zu]: $distinct_id is neither a string nor an "
		    "integer",
		    index);
	if (!properties)
		return invalid(reader, "users[%zu]: no $properties", index);
	if (!json_is_object(properties))
		return invalid(reader,
		    "users[%zu]: $properties is not an "
		    "object",
		    index);
	return USERS_OK;
}

/* What jansson reads for the user: its own bytes, or a copy in *COPY. */
static const char *
text_for_jansson(const struct user *user, char **copy)
{
	struct user twin = {0};
	size_t size = (size_t)(user->end - user->start);

	*copy = NULL;
	if (!user->needs_stand_in)
		return user->start;
	*copy = malloc(size);
	if (!*copy)
		return NULL;
	twin.start = memcpy(*copy, user->start, size);
	scan_user(&twin, *copy + size, true);
	return *copy;
}

static enum users_status
check_user(const struct reader *reader, const struct user *user, size_t index)
{
	enum users_status status = USERS_NO_MEMORY;
	json_error_t error;
	json_t *tree;
	const char *text;
	char *copy;

	if (user->too_deep)
		return invalid(reader,
		    "users[%zu]: nested deeper than %d levels", index,
		    USERS_MAX_DEPTH);
	text = text_for_jansson(user, &copy);
	if (text) {
		tree = json_loadb(text, (size_t)(user->end - user->start),
		    JSON_REJECT_DUPLICATES, &error);
		status = tree ? check_members(reader, tree, index)
			      : refused_by_jansson(reader, user, index, &error);
		json_decref(tree);
	}
	free(copy);
	return status;
}

static enum users_status
check_user_in_turn(
    const struct reader *reader, const struct user *user, size_t index)
{
	enum users_status status;

	if (user->end - user->start <= USERS_LARGE)
		return check_user(reader, user, index);
	while (sem_wait(reader->limits->large) < 0 && errno == EINTR)
		;
	status = check_user(reader, user, index);
	sem_post(reader->limits->large);
	return status;
}

static char *
skip_space(char *p, const char *end)
{
	while (p < end && is_space(*p))
		p++;
	return p;
}

static enum users_status
unexpected(const struct reader *reader, const char *p, const char *expected)
{
	if (p == reader->end)
		return invalid(reader,
		    "users is not JSON: it ends after %td bytes, expected %s",
		    p - reader->start, expected);
	return invalid(reader,
	    "users is not JSON: expected %s at byte %td of users", expected,
	    p - reader->start + 1);
}

/*
 * One element of the list at *P, appended to the lines. A line never is longer
 * than its element with the ',' or ']' behind it, so writing stays behind
 * reading.
 */
static enum users_status
read_element(
    const struct reader *reader, char **p, char *end, struct users *users)
{
	struct user user = {.start = *p};
	enum users_status status;
	size_t size;

	if (users->count == reader->limits->max_users) {
		(void)invalid(reader, "more than %zu users in one request",
		    reader->limits->max_users);
		return USERS_TOO_MANY;
	}
	if (*p == end || strchr(",]", **p))
		return unexpected(reader, *p, "a user");
	if (**p != '{')
		return invalid(
		    reader, "users[%zu] is not an object", users->count);
	scan_user(&user, end, false);
	status = check_user_in_turn(reader, &user, users->count);
	if (status != USERS_OK)
		return status;
	*p = user.end;
	size = (size_t)(user.end - user.start);
	memmove(users->lines + users->size, user.start, size);
	users->size += size;
	users->count++;
	return USERS_OK;
}

enum users_status
users_read(char *text, size_t size, const struct users_limits *limits,
    struct users *users, struct users_error *error)
{
	struct reader reader = {text, text + size, limits, error};
	enum users_status status;
	char *end = text + size, *p = skip_space(text, end), mark;

	*users = (struct users){0};
	if (p == end || *p != '[')
		return invalid(&reader, "users is not a JSON list");
	users->lines = ++p;
	p = skip_space(p, end);
	mark = p < end && *p == ']' ? ']' : ',';
	if (mark == ']')
		p++;
	while (mark == ',') {
		status = read_element(&reader, &p, end, users);
		if (status != USERS_OK)
			return status;
		p = skip_space(p, end);
		if (p == end || !strchr(",]", *p) || !*p)
			return unexpected(&reader, p, "',' or ']'");
		mark = *p;
		p = skip_space(p + 1, end);
		users->lines[users->size++] = '\n';
	}
	p = skip_space(p, end);
	if (p != end)
		return unexpected(&reader, p, "the end");
	return USERS_OK;
}
