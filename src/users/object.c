#include "users/object.h"

#include <stdio.h>
#include <string.h>

#include "users/json.h"

enum users_status
object_invalid(const struct object *object, const char *what)
{
	snprintf(object->list.error->text, sizeof object->list.error->text,
	    "%s", what);
	return USERS_INVALID;
}

char *
object_skip_space(const struct object *object, char *p)
{
	return p + (json_skip_space(p, object->end) - p);
}

enum users_status
object_value(struct object *object, char *p, struct scan_user *value)
{
	struct user_fault fault;
	char what[160];

	*value = (struct scan_user){.start = p};
	if (p == object->end)
		return list_unexpected(
		    &object->list, p, object->end, "a value");
	scan_element(value, object->list.marks, object->list.rule);
	switch (list_check(&object->list, value, &fault)) {
	case USER_OK:
	case USER_NONE:
		return USERS_OK;
	case USER_INVALID:
		break;
	case USER_NO_MEMORY:
		return USERS_NO_MEMORY;
	}
	snprintf(what, sizeof what, "%s: %s, near byte %zu",
	    object->list.rule->list, fault.what,
	    (size_t)(p - object->list.start) +
		(fault.position == USER_NO_POSITION ? 1 : fault.position));
	return object_invalid(object, what);
}

bool
object_is_called(const struct object_member *member, const char *name)
{
	return member->text.size == strlen(name) &&
	       !memcmp(member->text.text, name, member->text.size);
}

static enum users_status
read_member(struct object *object, char **p, object_taker *take)
{
	struct object_member member;
	enum users_status status;

	if (*p == object->end || **p != '"')
		return list_unexpected(
		    &object->list, *p, object->end, "a name");
	status = object_value(object, *p, &member.name);
	if (status != USERS_OK)
		return status;
	*p = object_skip_space(object, member.name.end);
	if (*p == object->end || **p != ':')
		return list_unexpected(&object->list, *p, object->end, "':'");
	*p = object_skip_space(object, *p + 1);
	if (token_decode(member.name.start, member.name.end, &member.text) < 0)
		return USERS_NO_MEMORY;
	status = take(object, p, &member);
	token_text_free(&member.text);
	return status;
}

enum users_status
object_read(struct object *object, char **p, object_taker *take)
{
	enum users_status status;
	char mark = ',';

	*p = object_skip_space(object, *p + 1);
	if (*p < object->end && **p == '}') {
		++*p;
		return USERS_OK;
	}
	while (mark == ',') {
		*p = object_skip_space(object, *p);
		status = read_member(object, p, take);
		if (status != USERS_OK)
			return status;
		*p = object_skip_space(object, *p);
		if (*p == object->end || (**p != ',' && **p != '}'))
			return list_unexpected(
			    &object->list, *p, object->end, "',' or '}'");
		mark = *(*p)++;
	}
	return USERS_OK;
}

enum users_status
object_take(struct object *object, char **p, struct object_member *member)
{
	enum users_status status = object_value(object, *p, &member->value);

	*p = member->value.end;
	return status;
}
