#include "users/users.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "users/json.h"
#include "users/scan.h"
#include "users/user.h"

struct reader {
	const char *start, *end; /* of the whole list */
	const struct user_rule *rule;
	const struct users_limits *limits;
	struct users_error *error;
};

static enum users_status __attribute__((format(printf, 2, 3)))
users_invalid(const struct reader *reader, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(
	    reader->error->text, sizeof reader->error->text, format, arguments);
	va_end(arguments);
	return USERS_INVALID;
}

static enum users_status
check_user(
    const struct reader *reader, const struct scan_user *user, size_t index)
{
	struct user_fault fault;

	switch (user_check(user, reader->rule, &fault)) {
	case USER_OK:
		return USERS_OK;
	case USER_NO_MEMORY:
		return USERS_NO_MEMORY;
	case USER_INVALID:
		break;
	}
	if (fault.position == USER_NO_POSITION)
		return users_invalid(
		    reader, "users[%zu]: %s", index, fault.what);
	return users_invalid(reader, "users[%zu]: %s, near byte %zu of users",
	    index, fault.what,
	    (size_t)(user->start - reader->start) + fault.position);
}

static enum users_status
check_user_in_turn(
    const struct reader *reader, const struct scan_user *user, size_t index)
{
	enum users_status status;

	if (user->is_plain || user->end - user->start <= USERS_LARGE)
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
	return p + (json_skip_space(p, end) - p);
}

static enum users_status
unexpected(const struct reader *reader, const char *p, const char *expected)
{
	if (p == reader->end)
		return users_invalid(reader,
		    "users is not JSON: it ends after %td bytes, expected %s",
		    p - reader->start, expected);
	return users_invalid(reader,
	    "users is not JSON: expected %s at byte %td of users", expected,
	    p - reader->start + 1);
}

/*
 * Appends the element at *P to the lines. A line is never longer than its
 * element with the ',' or ']' behind it, so writing stays behind reading.
 */
static enum users_status
read_element(
    const struct reader *reader, char **p, char *end, struct users *users)
{
	struct scan_user user = {.start = *p};
	enum users_status status;
	size_t size;

	if (users->count == reader->limits->max_users) {
		(void)users_invalid(reader,
		    "more than %zu users in one request",
		    reader->limits->max_users);
		return USERS_TOO_MANY;
	}
	if (*p == end || strchr(",]", **p))
		return unexpected(reader, *p, "a user");
	if (**p != '{')
		return users_invalid(
		    reader, "users[%zu] is not an object", users->count);
	scan_user(&user, end, reader->rule);
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
users_read(char *text, size_t size, const struct user_rule *rule,
    const struct users_limits *limits, struct users *users,
    struct users_error *error)
{
	struct reader reader = {text, text + size, rule, limits, error};
	enum users_status status;
	char *end = text + size, *p = skip_space(text, end), mark;

	*users = (struct users){0};
	if (p == end || *p != '[')
		return users_invalid(&reader, "users is not a JSON list");
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
