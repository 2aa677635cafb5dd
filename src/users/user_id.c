#include "users/user_id.h"

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "users/json.h"
#include "users/tree.h"
#include "users/user.h"

/* The bytes of a string or an integer; *TREE owns them unless it is NULL. */
static const char *
decode(const char *token, const char *end, size_t *size, json_t **tree)
{
	bool lacked;

	*tree = NULL;
	*size = (size_t)(end - token);
	if (*token != '"')
		return token;
	if (!memchr(token, '\\', *size)) {
		*size -= 2;
		return token + 1;
	}
	*tree = tree_load(
	    token, *size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL, &lacked);
	if (!*tree)
		return NULL;
	*size = json_string_length(*tree);
	return json_string_value(*tree);
}

static bool
is_name(const char *token, const char *end, const struct user_name *name)
{
	json_t *tree;
	size_t size;
	const char *text = decode(token, end, &size, &tree);
	bool is_it = text && user_rule_is_name(name, text, size);

	json_decref(tree);
	return is_it;
}

int
user_id_read(const struct scan_user *user, const struct user_rule *rule,
    struct user_id *id)
{
	const char *p = user->start, *end = user->end;
	struct json_member member;
	bool found = false;

	/* P is at the '{', or at the ',' before a member. */
	do {
		p = json_read_member(p + 1, end, USER_MAX_DEPTH, &member);
		if (!p)
			return -1;
		found = is_name(member.name, member.name_end, &rule->id);
		p = json_skip_space(p, end);
	} while (!found && *p == ',');
	if (!found)
		return -1;
	id->text =
	    decode(member.value, member.value_end, &id->size, &id->owner);
	return id->text ? 0 : -1;
}

void
user_id_free(struct user_id *id)
{
	json_decref(id->owner);
	id->owner = NULL;
}
