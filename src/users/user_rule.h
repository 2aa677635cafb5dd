/*
 * user_rule.h: what makes a JSON object a user.
 *
 * A user has an id, which is a non-empty string or an integer, and properties,
 * which are an object; further members are kept. PHP writes an empty object as
 * an empty list, which counts. The names of the two are data: each format of a
 * request has its own.
 */
#ifndef USER_RULE_H
#define USER_RULE_H

#include <stdbool.h>
#include <stddef.h>

/* The value of a member, as a reader found it. */
enum user_value {
	USER_VALUE_NONE, /* there is no such member */
	USER_VALUE_EMPTY_STRING,
	USER_VALUE_STRING,
	USER_VALUE_INTEGER,
	USER_VALUE_OBJECT,
	USER_VALUE_EMPTY_LIST,
	USER_VALUE_OTHER,
};

struct user_values {
	enum user_value id, properties;
};

struct user_name {
	const char *text;
	size_t size; /* without its NUL */
};

struct user_rule {
	struct user_name id, properties;
	/* For people, why an object is not a user. */
	const char *no_id, *empty_id, *wrong_id;
	const char *no_properties, *wrong_properties;
};

/* "$distinct_id" and "$properties". Source: Mixpanel's reference page "Using
   webhooks with Mixpanel". */
extern const struct user_rule user_rule_form;

bool user_rule_is_name(
    const struct user_name *name, const char *text, size_t size);

/* What a valid value is, from VALUE to END. */
enum user_value user_rule_value(const char *value, const char *end);

/* Makes an empty object of an empty list, in place. */
void user_rule_mend_list(char *value, char *end);

/* NULL: the values are a user's. Else one of the rule's texts. */
const char *user_rule_fault(
    const struct user_rule *rule, const struct user_values *values);

#endif
