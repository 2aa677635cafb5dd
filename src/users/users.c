#include "users/users.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "users/json.h"
#include "users/list.h"

/*
 * Lines are made in place: each '\n' takes the place of the ',' or ']' that was
 * read behind its user, so that writing stays behind reading.
 */
static int
add_line(void *context, const struct scan_user *user)
{
	const size_t size = (size_t)(user->end - user->start);
	struct users *users = context;

	if (users->count > 0)
		users->lines[users->size++] = '\n';
	memmove(users->lines + users->size, user->start, size);
	users->size += size;
	users->count++;
	return 0;
}

static char *
skip_space(char *p, const char *end)
{
	return p + (json_skip_space(p, end) - p);
}

static enum users_status
users_invalid(
    const struct user_rule *rule, struct users_error *error, const char *what)
{
	snprintf(error->text, sizeof error->text, "%s %s", rule->list, what);
	return USERS_INVALID;
}

enum users_status
users_read(char *text, size_t size, const struct user_rule *rule,
    const struct users_limits *limits, struct users *users,
    struct users_error *error)
{
	struct marks marks;
	struct list list = {&marks, text, rule, limits, error, &users->aside, 0,
	    add_line, users};
	char *end = text + size, *p = skip_space(text, end);
	enum users_status status;

	*users = (struct users){0};
	if (p == end || *p != '[')
		return users_invalid(rule, error, "is not a JSON list");
	marks_open(&marks, p, end);
	users->lines = p + 1;
	status = list_read(&list, p, end, &p);
	if (status == USERS_OK) {
		if (users->count > 0)
			users->lines[users->size++] = '\n';
		p = skip_space(p, end);
		if (p != end)
			status = list_unexpected(&list, p, end, "the end");
		else if (users->count == 0 && users->aside.count > 0)
			status = USERS_INVALID;
	}
	if (status != USERS_OK)
		users_free(users);
	return status;
}

void
users_free(struct users *users)
{
	aside_free(&users->aside);
	free(users->pieces);
	free(users->frame);
	users->pieces = NULL;
	users->frame = NULL;
}
