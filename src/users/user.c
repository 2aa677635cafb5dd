#include "users/user.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_OF(number) TEXT_OF_(number)
#define TEXT_OF_(number) #number

/*
 * jansson does not always tell a lack of memory from bad JSON, so load notes
 * the lack. Once an allocation has failed, the rest of that load gets no memory
 * either: jansson would go on with a string that has lost a byte, and write
 * beyond its end. Other calls of jansson, before and after, are not concerned.
 */
static _Thread_local bool is_loading, memory_lacked;

static void *
allocate(size_t size)
{
	void *memory = is_loading && memory_lacked ? NULL : malloc(size);

	memory_lacked = !memory;
	return memory;
}

/* NULL with *LACKED set: no memory. */
static json_t *
load(const char *text, size_t size, size_t flags, json_error_t *error,
    bool *lacked)
{
	json_t *tree;

	is_loading = true;
	memory_lacked = false;
	tree = json_loadb(text, size, flags, error);
	is_loading = false;
	*lacked = memory_lacked;
	if (!*lacked)
		return tree;
	json_decref(tree);
	return NULL;
}

void
user_init(void)
{
	json_set_alloc_funcs(allocate, free);
	json_object_seed(0);
}

static enum user_status
invalid(struct user_fault *fault, const char *what, size_t position)
{
	*fault = (struct user_fault){what, position};
	return USER_INVALID;
}

static enum user_status
refused_by_jansson(const json_error_t *error, struct user_fault *fault)
{
	/* Where jansson gives no position, it is about the start. */
	size_t position = error->position > 0 ? (size_t)error->position : 0;

	switch (json_error_code(error)) {
	case json_error_duplicate_key:
		return invalid(
		    fault, "a member name twice in one object", position);
	case json_error_invalid_utf8:
		return invalid(fault, "not UTF-8", position);
	case json_error_premature_end_of_input:
		return invalid(fault, "not JSON, it ends too early", position);
	default:
		return invalid(fault, "not JSON", position);
	}
}

static enum user_value
kind_of(const json_t *value)
{
	if (!value)
		return USER_VALUE_NONE;
	if (json_is_string(value))
		return json_string_length(value) > 0 ? USER_VALUE_STRING
						     : USER_VALUE_EMPTY_STRING;
	if (json_is_integer(value))
		return USER_VALUE_INTEGER;
	return json_is_object(value) ? USER_VALUE_OBJECT : USER_VALUE_OTHER;
}

static enum user_status
check_members(
    const json_t *user, const struct user_rule *rule, struct user_fault *fault)
{
	const struct user_values values = {
	    .id = kind_of(json_object_get(user, rule->id.text)),
	    .properties = kind_of(json_object_get(user, rule->properties.text)),
	};
	const char *what = user_rule_fault(rule, &values);

	return what ? invalid(fault, what, USER_NO_POSITION) : USER_OK;
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
	scan_stand_in(&twin, *copy + size);
	return *copy;
}

enum user_status
user_check(const struct scan_user *user, const struct user_rule *rule,
    struct user_fault *fault)
{
	enum user_status status = USER_NO_MEMORY;
	size_t size = (size_t)(user->end - user->start);
	json_error_t error;
	json_t *tree;
	const char *text, *nul;
	bool lacked;
	char *copy;

	if (user->is_plain)
		return USER_OK;
	/* jansson takes a NUL behind a number or a literal for its end. */
	nul = memchr(user->start, '\0', size);
	if (nul)
		return invalid(
		    fault, "not JSON, a NUL", (size_t)(nul - user->start) + 1);
	if (user->too_deep)
		return invalid(fault,
		    "nested deeper than " TEXT_OF(USER_MAX_DEPTH) " levels",
		    USER_NO_POSITION);
	text = text_for_jansson(user, &copy);
	if (text) {
		tree =
		    load(text, size, JSON_REJECT_DUPLICATES, &error, &lacked);
		if (tree)
			status = check_members(tree, rule, fault);
		else if (!lacked)
			status = refused_by_jansson(&error, fault);
		json_decref(tree);
	}
	free(copy);
	return status;
}

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
	*tree =
	    load(token, *size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL, &lacked);
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
