#include "users/payload.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "users/object.h"
#include "users/page.h"
#include "users/user.h"

/* What was found of a member that counts. */
enum found { ABSENT, WRONG, RIGHT };

struct reader {
	struct payload *payload;
	enum found action, parameters, members, event_type;
	struct page page;
};

/* Any value of it, whose positions count from its start. */
static const struct user_rule body = {.list = "the body"};

/* False: it is there twice, and nobody can know which one counts. */
static enum users_status
find(const struct object *object, enum found *found, bool is_right,
    const char *twice)
{
	if (*found != ABSENT)
		return object_invalid(object, twice);
	*found = is_right ? RIGHT : WRONG;
	return USERS_OK;
}

static int
add_member(void *context, const struct scan_user *user)
{
	return page_add(context, user);
}

static enum users_status
take_members(struct object *object, char **p, struct object_member *member)
{
	struct reader *reader = object->context;
	struct list members = object->list;
	const bool is_list = *p < object->end && **p == '[';
	enum users_status status =
	    find(object, &reader->members, is_list, "members twice");

	if (status != USERS_OK)
		return status;
	if (!is_list)
		return object_take(object, p, member);
	members.start = *p;
	members.rule = &user_rule_member;
	members.add = add_member;
	members.context = &reader->page;
	return list_read(&members, *p, object->end, p);
}

/* Every line has it: its programs are to read the line. */
static bool
is_kept(const struct object_member *member)
{
	return !object_is_called(member, "mixpanel_cohort_description") &&
	       !object_is_called(member, "action");
}

static enum users_status
take_parameter(struct object *object, char **p, struct object_member *member)
{
	struct reader *reader = object->context;
	static_assert(PAYLOAD_MAX_PARAMETERS == 16384, "a text says so");
	enum users_status status;

	if (object_is_called(member, "members"))
		return take_members(object, p, member);
	status = object_take(object, p, member);
	if (status != USERS_OK || !is_kept(member))
		return status;
	page_about_take(&reader->payload->about, member);
	if (member->value.depth + 2 > USER_MAX_DEPTH)
		return object_invalid(object, "a parameter is nested too deep");
	if (member->value.long_integer)
		return object_invalid(
		    object, "a parameter has an integer of too many digits");
	if (page_keep(&reader->page, &member->name, &member->value) == 0)
		return USERS_OK;
	if (errno != EMSGSIZE)
		return USERS_NO_MEMORY;
	(void)object_invalid(
	    object, "the parameters are too large: over 16384 bytes");
	return USERS_TOO_LARGE;
}

static enum users_status
take_action(struct object *object, char **p, struct object_member *member)
{
	struct reader *reader = object->context;
	enum users_status status = object_take(object, p, member);
	struct payload *payload = reader->payload;

	if (status == USERS_OK)
		status = find(object, &reader->action, true, "action twice");
	if (status != USERS_OK)
		return status;
	payload->action = member->value.start;
	payload->action_size =
	    (size_t)(member->value.end - member->value.start);
	return USERS_OK;
}

static enum users_status
take_top(struct object *object, char **p, struct object_member *member)
{
	struct reader *reader = object->context;
	bool is_object, is_string;
	enum users_status status;

	if (object_is_called(member, "action"))
		return take_action(object, p, member);
	if (!object_is_called(member, "parameters")) {
		is_string = *p < object->end && **p == '"';
		if (object_is_called(member, "event_type"))
			reader->event_type = is_string ? RIGHT : WRONG;
		return object_take(object, p, member);
	}
	is_object = *p < object->end && **p == '{';
	status =
	    find(object, &reader->parameters, is_object, "parameters twice");
	if (status != USERS_OK)
		return status;
	return is_object ? object_read(object, p, take_parameter)
			 : object_take(object, p, member);
}

/* "members", "add_members", "remove_members"; *IS_WHOLE for the first. -1: no
   memory. */
static int
is_action(const struct payload *payload, bool *is_whole)
{
	static const char *const actions[] = {
	    "members", "add_members", "remove_members"};
	struct token_text text;
	size_t i;

	if (*payload->action != '"')
		return 0;
	if (token_decode(payload->action,
		payload->action + payload->action_size, &text) < 0)
		return -1;
	for (i = 0; i < sizeof actions / sizeof *actions; i++)
		if (text.size == strlen(actions[i]) &&
		    !memcmp(text.text, actions[i], text.size))
			break;
	token_text_free(&text);
	*is_whole = i == 0;
	return i < sizeof actions / sizeof *actions;
}

/* What is missing in a page, or NULL. */
static const char *
page_fault(const struct reader *reader)
{
	if (reader->action == ABSENT)
		return "no action";
	if (reader->parameters == ABSENT)
		return "no parameters";
	if (reader->parameters == WRONG)
		return "parameters is not an object";
	if (reader->members == ABSENT)
		return "no members in parameters";
	return reader->members == WRONG ? "members is not a list" : NULL;
}

static enum users_status
finish_page(const struct object *object)
{
	struct reader *reader = object->context;
	struct payload *payload = reader->payload;
	const char *fault = page_fault(reader);
	bool is_whole = false;
	int known;

	if (reader->action != ABSENT) {
		known = is_action(payload, &is_whole);
		if (known < 0)
			return USERS_NO_MEMORY;
		if (known == 0)
			fault = "the action is none of members, add_members "
				"and remove_members";
	}
	if (fault)
		return object_invalid(object, fault);
	return page_finish(&reader->page, payload->action, payload->action_size,
		   is_whole, &payload->users) < 0
		   ? USERS_NO_MEMORY
		   : USERS_OK;
}

/* One line, the object itself; its '\n' is the frame. */
static enum users_status
finish_alert(struct object *object, char *start)
{
	const struct reader *reader = object->context;
	struct users *users = &reader->payload->users;
	enum users_status status;
	struct scan_user alert;

	status = object_value(object, start, &alert);
	if (status != USERS_OK)
		return status;
	if (alert.depth > USER_MAX_DEPTH || alert.long_integer)
		return object_invalid(object,
		    "the alert is nested too deep, or has an integer of too "
		    "many digits");
	users->pieces = calloc(2, sizeof *users->pieces);
	users->frame = malloc(1);
	if (!users->pieces || !users->frame)
		return USERS_NO_MEMORY;
	*users->frame = '\n';
	users->pieces[0] =
	    (struct iovec){alert.start, (size_t)(alert.end - alert.start)};
	users->pieces[1] = (struct iovec){users->frame, 1};
	users->piece_count = 2;
	users->size = users->pieces[0].iov_len + 1;
	users->count = 1;
	return USERS_OK;
}

static enum users_status
read_top(struct object *object, char *start)
{
	const struct reader *reader = object->context;
	enum users_status status;
	char *p = start;

	if (p == object->end || *p != '{')
		return object_invalid(
		    object, "the body is neither a JSON object nor a list");
	status = object_read(object, &p, take_top);
	if (status != USERS_OK)
		return status;
	p = object_skip_space(object, p);
	if (p != object->end)
		return list_unexpected(
		    &object->list, p, object->end, "the end");
	if (reader->action != ABSENT || reader->parameters != ABSENT) {
		reader->payload->kind = "cohort";
		return finish_page(object);
	}
	if (reader->event_type == RIGHT) {
		reader->payload->kind = "alert";
		return finish_alert(object, start);
	}
	return object_invalid(object,
	    "neither a page of a cohort (action, parameters), nor an alert "
	    "(event_type), nor a list of events");
}

enum users_status
payload_read(char *text, size_t size, const struct users_limits *limits,
    struct payload *payload, struct users_error *error)
{
	static const char mark[] = "\xef\xbb\xbf";
	struct users *users = &payload->users;
	struct reader reader = {.payload = payload};
	struct object object = {.end = text + size, .context = &reader};
	enum users_status status;
	struct marks marks;
	char *start;

	*payload = (struct payload){.action = NULL};
	if (size >= sizeof mark - 1 && !memcmp(text, mark, sizeof mark - 1)) {
		text += sizeof mark - 1;
		size -= sizeof mark - 1;
	}
	start = object_skip_space(&object, text);
	if (start < object.end && *start == '[') {
		payload->kind = "stream";
		return users_read(
		    text, size, &user_rule_any, limits, users, error);
	}
	marks_open(&marks, start, object.end);
	object.list = (struct list){.marks = &marks,
	    .start = text,
	    .rule = &body,
	    .limits = limits,
	    .error = error,
	    .aside = &users->aside};
	status = read_top(&object, start);
	page_free(&reader.page);
	if (status != USERS_OK)
		users_free(users);
	return status;
}
