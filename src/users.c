#include "users.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scan.h"

/*
 * jansson tells a lack of memory from bad JSON only now and then, so the lack
 * is noted here. It is per thread, like the call of jansson that it is about.
 */
static _Thread_local bool memory_lacked;

static void *
allocate(size_t size)
{
	void *memory = malloc(size);

	if (!memory)
		memory_lacked = true;
	return memory;
}

void
users_init(void)
{
	json_set_alloc_funcs(allocate, free);
	json_object_seed(0);
}

struct reader {
	const char *start, *end; /* of the whole list */
	const struct users_limits *limits;
	struct users_error *error;
};

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

static enum users_status
refused_by_jansson(const struct reader *reader, const struct scan_user *user,
    size_t index, const json_error_t *error)
{
	size_t position = (size_t)(user->start - reader->start);
	const char *what = "not JSON";

	if (error->position > 0)
		position += (size_t)error->position;
	switch (json_error_code(error)) {
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
text_for_jansson(const struct scan_user *user, char **copy)
{
	struct scan_user twin = {0};
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
check_user(
    const struct reader *reader, const struct scan_user *user, size_t index)
{
	enum users_status status = USERS_NO_MEMORY;
	size_t size = (size_t)(user->end - user->start);
	json_error_t error;
	json_t *tree;
	const char *text, *nul;
	char *copy;

	/* jansson takes a NUL behind a number or a literal for its end. */
	nul = memchr(user->start, '\0', size);
	if (nul)
		return invalid(reader,
		    "users[%zu]: not JSON, a NUL at byte %td of users", index,
		    nul - reader->start + 1);
	if (user->too_deep)
		return invalid(reader,
		    "users[%zu]: nested deeper than %d levels", index,
		    USERS_MAX_DEPTH);
	text = text_for_jansson(user, &copy);
	if (text) {
		memory_lacked = false;
		tree = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
		if (memory_lacked)
			status = USERS_NO_MEMORY;
		else if (tree)
			status = check_members(reader, tree, index);
		else
			status =
			    refused_by_jansson(reader, user, index, &error);
		json_decref(tree);
	}
	free(copy);
	return status;
}

static enum users_status
check_user_in_turn(
    const struct reader *reader, const struct scan_user *user, size_t index)
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

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
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
	struct scan_user user = {.start = *p};
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
