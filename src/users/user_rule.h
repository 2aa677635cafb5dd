/*
 * user_rule.h: what makes a JSON object a user.
 *
 * A user has an id, which is a non-empty string or an integer, and properties,
 * which are an object; further members are kept. PHP writes an empty object as
 * an empty list, which counts. The names of the two are data: each format of a
 * request has its own, and one may do without properties, or without an id.
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

/* A member's value, and where it is: bytes from the start of its object. */
struct user_member {
	enum user_value value;
	size_t start, end;
};

struct user_values {
	struct user_member id, other_id, properties;
	bool id_repeated; /* one of the ids is there twice */
};

struct user_name {
	const char *text;
	size_t size; /* without its NUL */
};

struct user_rule {
	const char *list; /* for people: what the list is called */
	/* Without a text: there is no such member. The other id counts where
	   the first is not one. */
	struct user_name id, other_id, properties;
	unsigned depth; /* levels that its line adds around the object */
	/* For people, why an object is not a user. */
	const char *no_id, *empty_id, *wrong_id;
	const char *no_properties, *wrong_properties;
};

/* "$distinct_id" and "$properties". Source: Mixpanel's reference page "Using
   webhooks with Mixpanel". */
extern const struct user_rule user_rule_form;

/* A member of a cohort: "mixpanel_distinct_id", else "$distinct_id". Source:
   Mixpanel's docs, "Cohort sync: webhooks". */
extern const struct user_rule user_rule_member;

/* Any object: an alert, an element of an event stream. */
extern const struct user_rule user_rule_any;

/* Sets what VALUES know of the member NAME, at START to END of its object. */
void user_rule_note(const struct user_rule *rule, struct user_values *values,
    const struct user_name *name, const char *object, const char *start,
    const char *end);

/* Must each name be there only once? In properties names may repeat. */
static inline bool
user_rule_is_strict(const struct user_rule *rule)
{
	return rule->properties.size > 0;
}

/* Whether a name of SIZE bytes can be one of the rule's. */
static inline bool
user_rule_has_size(const struct user_rule *rule, size_t size)
{
	return size == rule->id.size || size == rule->other_id.size ||
	       size == rule->properties.size;
}

/* The id of VALUES that are a user's, or NULL where the rule has none. */
const struct user_member *user_rule_id(const struct user_values *values);

bool user_rule_is_name(
    const struct user_name *name, const char *text, size_t size);

/* What a valid value is, from VALUE to END. */
enum user_value user_rule_value(const char *value, const char *end);

/* Makes an empty object of properties that are an empty list, in place. */
void user_rule_mend(char *object, const struct user_values *values);

/* NULL: the values are a user's. Else one of the rule's texts. */
const char *user_rule_fault(
    const struct user_rule *rule, const struct user_values *values);

#endif
