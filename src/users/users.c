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

/* INDEX is the element's. */
static enum users_status
refuse_element(const struct reader *reader, const struct scan_user *element,
    size_t index, const struct user_fault *fault)
{
	if (fault->position == USER_NO_POSITION)
		return users_invalid(
		    reader, "users[%zu]: %s", index, fault->what);
	return users_invalid(reader, "users[%zu]: %s, near byte %zu of users",
	    index, fault->what,
	    (size_t)(element->start - reader->start) + fault->position);
}

/* The '\n' takes the place of the ',' or ']' that is still to be read, so that
   writing stays behind reading. */
static enum users_status
add_line(struct users *users, const struct scan_user *user)
{
	const size_t size = (size_t)(user->end - user->start);

	memmove(users->lines + users->size, user->start, size);
	users->size += size;
	users->count++;
	return USERS_OK;
}

static enum users_status
set_aside(const struct reader *reader, const struct scan_user *element,
    const struct user_fault *fault, struct users *users)
{
	const size_t index = users->count + users->aside.count;

	if (users->aside.count == 0)
		(void)refuse_element(reader, element, index, fault);
	return aside_add(&users->aside, fault->what, index, element->start,
		   (size_t)(element->end - element->start)) < 0
		   ? USERS_NO_MEMORY
		   : USERS_OK;
}

static enum user_status
check_in_turn(const struct reader *reader, const struct scan_user *element,
    struct user_fault *fault)
{
	enum user_status status;

	if (element->is_plain || element->end - element->start <= USERS_LARGE)
		return user_check(element, reader->rule, fault);
	while (sem_wait(reader->limits->large) < 0 && errno == EINTR)
		;
	status = user_check(element, reader->rule, fault);
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

/* Moves *P behind the element there. */
static enum users_status
read_element(
    const struct reader *reader, char **p, char *end, struct users *users)
{
	const size_t index = users->count + users->aside.count;
	struct scan_user element = {.start = *p};
	struct user_fault fault;

	if (index == reader->limits->max_users) {
		(void)users_invalid(reader,
		    "more than %zu users in one request",
		    reader->limits->max_users);
		return USERS_TOO_MANY;
	}
	if (*p == end || strchr(",]", **p))
		return unexpected(reader, *p, "a user");
	scan_user(&element, end, reader->rule);
	*p = element.end;
	switch (check_in_turn(reader, &element, &fault)) {
	case USER_OK:
		return add_line(users, &element);
	case USER_NONE:
		return set_aside(reader, &element, &fault, users);
	case USER_INVALID:
		return refuse_element(reader, &element, index, &fault);
	case USER_NO_MEMORY:
		break;
	}
	return USERS_NO_MEMORY;
}

/* *P is behind the '['. */
static enum users_status
read_elements(
    const struct reader *reader, char **p, char *end, struct users *users)
{
	enum users_status status;
	size_t users_before;
	char mark;

	*p = skip_space(*p, end);
	mark = *p < end && **p == ']' ? ']' : ',';
	if (mark == ']')
		++*p;
	while (mark == ',') {
		users_before = users->count;
		status = read_element(reader, p, end, users);
		if (status != USERS_OK)
			return status;
		*p = skip_space(*p, end);
		if (*p == end || !strchr(",]", **p) || !**p)
			return unexpected(reader, *p, "',' or ']'");
		mark = **p;
		*p = skip_space(*p + 1, end);
		if (users->count > users_before)
			users->lines[users->size++] = '\n';
	}
	*p = skip_space(*p, end);
	return *p == end ? USERS_OK : unexpected(reader, *p, "the end");
}

enum users_status
users_read(char *text, size_t size, const struct user_rule *rule,
    const struct users_limits *limits, struct users *users,
    struct users_error *error)
{
	struct reader reader = {text, text + size, rule, limits, error};
	enum users_status status;
	char *end = text + size, *p = skip_space(text, end);

	*users = (struct users){0};
	if (p == end || *p != '[')
		return users_invalid(&reader, "users is not a JSON list");
	users->lines = ++p;
	status = read_elements(&reader, &p, end, users);
	if (status == USERS_OK && users->count == 0 && users->aside.count > 0)
		status = USERS_INVALID;
	if (status != USERS_OK)
		users_free(users);
	return status;
}

void
users_free(struct users *users)
{
	aside_free(&users->aside);
}
