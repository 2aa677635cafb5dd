#include "users/members.h"

#include <stdlib.h>
#include <string.h>

#include "users/json.h"
#include "users/token.h"

/* The names so far. */
struct names {
	struct token_text *all;
	size_t count, room;
};

static int
names_add(struct names *names, const char *token, const char *end)
{
	const size_t room = names->room ? 2 * names->room : 16;
	struct token_text *more;

	if (names->count == names->room) {
		more = realloc(names->all, room * sizeof *more);
		if (!more)
			return -1;
		names->all = more;
		names->room = room;
	}
	if (token_decode(token, end, &names->all[names->count]) < 0)
		return -1;
	names->count++;
	return 0;
}

/* The last one. */
static void
names_drop(struct names *names)
{
	token_text_free(&names->all[--names->count]);
}

static void
names_free(struct names *names)
{
	while (names->count > 0)
		names_drop(names);
	free(names->all);
}

static int
compare(const void *one, const void *other)
{
	const struct token_text *a = one, *b = other;

	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	return memcmp(a->text, b->text, a->size);
}

/* Changes the order of the names. */
static bool
names_repeat(struct names *names)
{
	size_t i;

	qsort(names->all, names->count, sizeof *names->all, compare);
	for (i = 1; i < names->count; i++)
		if (compare(&names->all[i - 1], &names->all[i]) == 0)
			return true;
	return false;
}

/* P is at the '{', or at the ',' before a member; returns what follows it. */
static const char *
read_one(const char *p, const struct scan_user *user,
    const struct user_rule *rule, struct members *members, struct names *names)
{
	const struct token_text *text;
	struct json_member member;

	p = json_read_member(p + 1, user->end, JSON_DEPTH_MAX, &member);
	if (!p || names_add(names, member.name, member.name_end) < 0)
		return NULL;
	text = &names->all[names->count - 1];
	user_rule_note(rule, &members->values,
	    &(struct user_name){text->text, text->size}, user->start,
	    member.value, member.value_end);
	if (!user_rule_is_strict(rule))
		names_drop(names);
	return json_skip_space(p, user->end);
}

int
members_read(const struct scan_user *user, const struct user_rule *rule,
    struct members *members)
{
	const char *p = user->start;
	struct names names = {0};

	*members = (struct members){0};
	if (*json_skip_space(p + 1, user->end) == '}')
		return 0;
	do
		p = read_one(p, user, rule, members, &names);
	while (p && *p == ',');
	if (p)
		members->repeated = names_repeat(&names);
	names_free(&names);
	return p ? 0 : -1;
}
