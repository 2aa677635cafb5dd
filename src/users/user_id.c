#include "users/user_id.h"

#include <stdbool.h>

#include "users/json.h"
#include "users/user.h"

/* -1: no memory. */
static int
is_name(const char *token, const char *end, const struct user_name *name)
{
	struct token_text text;
	bool is_it;

	if (token_decode(token, end, &text) < 0)
		return -1;
	is_it = user_rule_is_name(name, text.text, text.size);
	token_text_free(&text);
	return is_it;
}

int
user_id_read(const struct scan_user *user, const struct user_rule *rule,
    struct token_text *id)
{
	const char *p = user->start, *end = user->end;
	struct json_member member;
	int found = 0;

	/* P is at the '{', or at the ',' before a member. */
	do {
		p = json_read_member(p + 1, end, USER_MAX_DEPTH, &member);
		if (!p)
			return -1;
		found = is_name(member.name, member.name_end, &rule->id);
		if (found < 0)
			return -1;
		p = json_skip_space(p, end);
	} while (!found && *p == ',');
	if (!found)
		return -1;
	return token_decode(member.value, member.value_end, id);
}
