#include "users/user.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "users/json.h"
#include "users/members.h"
#include "users/tree.h"

/* jansson's tree takes up to 130 bytes for each byte of JSON. */
#define USER_JANSSON_MAX ((size_t)256 * 1024)

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
user_none(struct user_fault *fault, const char *what)
{
	*fault = (struct user_fault){what, USER_NO_POSITION};
	return USER_NONE;
}

static enum user_status
refused_by_jansson(const json_error_t *error, struct user_fault *fault)
{
	/* jansson gives no position for an error at the start. */
	size_t position = error->position > 0 ? (size_t)error->position : 0;

	switch (json_error_code(error)) {
	case json_error_invalid_utf8:
		return user_invalid(fault, "not UTF-8", position);
	case json_error_premature_end_of_input:
		return user_invalid(
		    fault, "not JSON, it ends too early", position);
	default:
		return user_invalid(fault, "not JSON", position);
	}
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

static enum user_status
check_by_jansson(const struct scan_user *user, struct user_fault *fault)
{
	enum user_status status = USER_NO_MEMORY;
	size_t size = (size_t)(user->end - user->start);
	json_error_t error;
	bool lacked = false;
	char *copy;
	const char *text = text_for_jansson(user, &copy);
	json_t *tree = text ? tree_load(text, size, 0, &error, &lacked) : NULL;

	if (tree)
		status = USER_OK;
	else if (text && !lacked)
		status = refused_by_jansson(&error, fault);
	json_decref(tree);
	free(copy);
	return status;
}

/* What jansson does not get: a value alone, any depth, any size. */
static enum user_status
check_any(const struct scan_user *user, struct user_fault *fault)
{
	unsigned char *bits = malloc(user->depth / 8 + 1);
	bool is_json = bits && json_read_deep(user->start, user->end, bits,
				   user->depth) == user->end;

	free(bits);
	if (!bits)
		return USER_NO_MEMORY;
	return is_json ? USER_OK
		       : user_invalid(fault, "not JSON", USER_NO_POSITION);
}

static enum user_status
check_members(struct scan_user *user, const struct user_rule *rule,
    struct user_fault *fault)
{
	struct members members;
	const char *what;

	if (members_read(user, rule, &members) < 0)
		return USER_NO_MEMORY;
	if (members.repeated)
		return user_none(fault, "a member twice");
	what = user_rule_fault(rule, &members.values);
	if (what)
		return user_none(fault, what);
	user->values = members.values;
	user_rule_mend(user->start, &user->values);
	return USER_OK;
}

enum user_status
user_check(struct scan_user *user, const struct user_rule *rule,
    struct user_fault *fault)
{
	const size_t depth = user->depth + rule->depth;
	size_t size = (size_t)(user->end - user->start);
	const bool is_object = *user->start == '{';
	enum user_status status;
	const char *nul;

	if (user->is_plain)
		return USER_OK;
	/* jansson takes a NUL behind a number or a literal for the end. */
	nul = memchr(user->start, '\0', size);
	if (nul)
		return user_invalid(
		    fault, "not JSON, a NUL", (size_t)(nul - user->start) + 1);
	status = is_object && size <= USER_JANSSON_MAX &&
			 user->depth <= USER_MAX_DEPTH
		     ? check_by_jansson(user, fault)
		     : check_any(user, fault);
	if (status != USER_OK)
		return status;
	if (!is_object)
		return user_none(fault, "not an object");
	if (depth > USER_MAX_DEPTH)
		return user_none(fault,
		    "nested deeper than " TEXT_OF(USER_MAX_DEPTH) " levels");
	if (user->long_integer)
		return user_none(fault,
		    "an integer of over " TEXT_OF(USER_MAX_DIGITS) " digits");
	return check_members(user, rule, fault);
}
