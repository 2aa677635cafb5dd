#include "send/member.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "users/json.h"
#include "users/members.h"
#include "users/token.h"
#include "users/user.h"
#include "users/user_rule.h"

static const char own_id[] = "mixpanel_distinct_id";

/* What may be longer than in the profile: the name of the id, and two quotes.
 */
#define MORE 64

static const struct {
	const char *from, *to;
} renamed[] = {
    {"$email", "email"},
    {"$first_name", "first_name"},
    {"$last_name", "last_name"},
};
#define RENAMED (sizeof renamed / sizeof *renamed)

enum { NAME_OTHER, NAME_ID, NAME_RENAMED, NAME_PLAIN = NAME_RENAMED + RENAMED };

static bool
is_text(const struct token_text *text, const char *name)
{
	return text->size == strlen(name) &&
	       memcmp(text->text, name, text->size) == 0;
}

/* One of NAME_...; -1: no memory. */
static int
name_of(const struct json_member *member)
{
	struct token_text text;
	int found = NAME_OTHER;
	size_t i;

	if (token_decode(member->name, member->name_end, &text) < 0)
		return -1;
	if (is_text(&text, user_rule_form.id.text) || is_text(&text, own_id))
		found = NAME_ID;
	for (i = 0; i < RENAMED; i++) {
		if (is_text(&text, renamed[i].from))
			found = NAME_RENAMED + (int)i;
		if (is_text(&text, renamed[i].to))
			found = NAME_PLAIN + (int)i;
	}
	token_text_free(&text);
	return found;
}

/* *P is at a '{', or what json_read_member left behind the last member. */
static bool
next_of_object(const char **p, const char *end, struct json_member *member)
{
	const char *at = json_skip_space(*p, end);

	if (at == end || (*at != '{' && *at != ','))
		return false;
	*p = json_read_member(at + 1, end, USER_MAX_DEPTH, member);
	return *p;
}

static void
put(struct member *member, const char *text, size_t size)
{
	memcpy(member->text + member->size, text, size);
	member->size += size;
}

static void
put_text(struct member *member, const char *text)
{
	put(member, text, strlen(text));
}

static void
put_id(struct member *member, const char *id, size_t size)
{
	const char *quote = *id == '"' ? "" : "\"";

	put_text(member, "{\"");
	put_text(member, own_id);
	put_text(member, "\":");
	put_text(member, quote);
	put(member, id, size);
	put_text(member, quote);
}

static int
put_properties(struct member *member, const char *properties, const char *end)
{
	const char *p = properties;
	struct json_member property;
	unsigned present = 0;
	int name;

	while (next_of_object(&p, end, &property)) {
		name = name_of(&property);
		if (name < 0)
			return -1;
		if (name >= NAME_RENAMED && name < NAME_PLAIN)
			present |= 1U << (name - NAME_RENAMED);
	}
	for (p = properties; next_of_object(&p, end, &property);) {
		name = name_of(&property);
		if (name < 0)
			return -1;
		if (name == NAME_ID ||
		    (name >= NAME_PLAIN &&
			(present & 1U << (name - NAME_PLAIN))))
			continue;
		put_text(member, ",");
		if (name >= NAME_RENAMED && name < NAME_PLAIN) {
			put_text(member, "\"");
			put_text(member, renamed[name - NAME_RENAMED].to);
			put_text(member, "\":");
			put(member, property.value,
			    (size_t)(property.value_end - property.value));
		} else {
			put(member, property.name,
			    (size_t)(property.value_end - property.name));
		}
	}
	put_text(member, "}");
	return 0;
}

static int
make_room(struct member *member, size_t size)
{
	char *text;

	if (size <= member->room)
		return 0;
	text = realloc(member->text, size);
	if (!text)
		return -1;
	member->text = text;
	member->room = size;
	return 0;
}

int
member_write(struct member *member, const struct scan_user *user)
{
	const struct user_values *values;
	struct members own;

	if (make_room(member, (size_t)(user->end - user->start) + MORE) < 0 ||
	    members_read(user, &user_rule_form, &own) < 0)
		return -1;
	values = &own.values;
	member->size = 0;
	put_id(member, user->start + values->id.start,
	    values->id.end - values->id.start);
	return put_properties(member, user->start + values->properties.start,
	    user->start + values->properties.end);
}

void
member_free(struct member *member)
{
	free(member->text);
	*member = (struct member){0};
}
