#include "users/user.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "users/tree.h"

#define TEXT_OF(number) TEXT_OF_(number)
#define TEXT_OF_(number) #number

void
user_init(void)
{
	tree_init();
}

static enum user_status
user_invalid(struct user_fault *fault, const char *what, size_t position)
{
	*fault = (struct user_fault){what, position};
	return USER_INVALID;
}

static enum user_status
refused_by_jansson(const json_error_t *error, struct user_fault *fault)
{
	/* jansson gives no position for an error at the start. */
	size_t position = error->position > 0 ? (size_t)error->position : 0;

	switch (json_error_code(error)) {
	case json_error_duplicate_key:
		return user_invalid(
		    fault, "a member name twice in one object", position);
	case json_error_invalid_utf8:
		return user_invalid(fault, "not UTF-8", position);
	case json_error_premature_end_of_input:
		return user_invalid(
		    fault, "not JSON, it ends too early", position);
	default:
		return user_invalid(fault, "not JSON", position);
	}
}

static enum user_value
kind_of_tree(const json_t *value)
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
	    .id = kind_of_tree(json_object_get(user, rule->id.text)),
	    .properties =
		kind_of_tree(json_object_get(user, rule->properties.text)),
	};
	const char *what = user_rule_fault(rule, &values);

	return what ? user_invalid(fault, what, USER_NO_POSITION) : USER_OK;
}

/* The text for jansson: the user's own bytes, or a copy that *COPY owns. */
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
	/* jansson takes a NUL behind a number or a literal for the end. */
	nul = memchr(user->start, '\0', size);
	if (nul)
		return user_invalid(
		    fault, "not JSON, a NUL", (size_t)(nul - user->start) + 1);
	if (user->too_deep)
		return user_invalid(fault,
		    "nested deeper than " TEXT_OF(USER_MAX_DEPTH) " levels",
		    USER_NO_POSITION);
	text = text_for_jansson(user, &copy);
	if (text) {
		tree = tree_load(
		    text, size, JSON_REJECT_DUPLICATES, &error, &lacked);
		if (tree)
			status = check_members(tree, rule, fault);
		else if (!lacked)
			status = refused_by_jansson(&error, fault);
		json_decref(tree);
	}
	free(copy);
	return status;
}
