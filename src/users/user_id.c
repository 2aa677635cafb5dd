#include "users/user_id.h"

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "users/tree.h"

static const char *
skip_space(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

/* P is at the opening quote. */
static const char *
skip_string(const char *p)
{
	for (p++; *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p + 1;
}

/* To the ',' or '}' behind a member's value. */
static const char *
skip_value(const char *p)
{
	size_t depth = 0;

	while (depth > 0 || (*p != ',' && *p != '}')) {
		if (*p == '"') {
			p = skip_string(p);
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		else if (*p == '}' || *p == ']')
			depth--;
		p++;
	}
	return p;
}

/* What a string or an integer says. *TREE, if set, owns it. */
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
	const char *name = user->start, *end, *value;
	bool found;

	do {
		/* At the '{', or at the ',' before a member. */
		name = skip_space(name + 1);
		end = skip_string(name);
		value = skip_space(skip_space(end) + 1);
		found = is_name(name, end, &rule->id);
		name = skip_value(value);
	} while (!found && *name == ',');
	if (!found)
		return -1;
	end = *value == '"' ? skip_string(value) : name;
	while (end[-1] == ' ' || end[-1] == '\t')
		end--;
	id->text = decode(value, end, &id->size, &id->owner);
	return id->text ? 0 : -1;
}

void
user_id_free(struct user_id *id)
{
	json_decref(id->owner);
	id->owner = NULL;
}
