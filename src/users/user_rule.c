#include "users/user_rule.h"

#include <string.h>

#include "base/ascii.h"
#include "users/json.h"

const struct user_rule user_rule_form = {
    .list = "users",
    .id = {"$distinct_id", sizeof "$distinct_id" - 1},
    .properties = {"$properties", sizeof "$properties" - 1},
    .no_id = "no $distinct_id",
    .empty_id = "$distinct_id is empty",
    .wrong_id = "$distinct_id is neither a string nor an integer",
    .no_properties = "no $properties",
    .wrong_properties = "$properties is not an object",
};

const struct user_rule user_rule_member = {
    .list = "members",
    .id = {"mixpanel_distinct_id", sizeof "mixpanel_distinct_id" - 1},
    .other_id = {"$distinct_id", sizeof "$distinct_id" - 1},
    .depth = 1,
    .no_id = "no mixpanel_distinct_id",
    .empty_id = "mixpanel_distinct_id is empty",
    .wrong_id = "mixpanel_distinct_id is neither a string nor an integer",
};

const struct user_rule user_rule_any = {.list = "events"};

bool
user_rule_is_name(const struct user_name *name, const char *text, size_t size)
{
	return size > 0 && size == name->size &&
	       !memcmp(text, name->text, size);
}

void
user_rule_note(const struct user_rule *rule, struct user_values *values,
    const struct user_name *name, const char *object, const char *start,
    const char *end)
{
	struct user_member *member;

	if (user_rule_is_name(&rule->id, name->text, name->size))
		member = &values->id;
	else if (user_rule_is_name(&rule->other_id, name->text, name->size))
		member = &values->other_id;
	else if (user_rule_is_name(&rule->properties, name->text, name->size))
		member = &values->properties;
	else
		return;
	if (member != &values->properties && member->value != USER_VALUE_NONE)
		values->id_repeated = true;
	member->value = user_rule_value(start, end);
	member->start = (size_t)(start - object);
	member->end = (size_t)(end - object);
}

static bool
is_id(const struct user_member *member)
{
	return member->value == USER_VALUE_STRING ||
	       member->value == USER_VALUE_INTEGER;
}

const struct user_member *
user_rule_id(const struct user_values *values)
{
	if (is_id(&values->id))
		return &values->id;
	return is_id(&values->other_id) ? &values->other_id : NULL;
}

enum user_value
user_rule_value(const char *value, const char *end)
{
	switch (*value) {
	case '"':
		return end - value > 2 ? USER_VALUE_STRING
				       : USER_VALUE_EMPTY_STRING;
	case '{':
		return USER_VALUE_OBJECT;
	case '[':
		return json_skip_space(value + 1, end) == end - 1
			   ? USER_VALUE_EMPTY_LIST
			   : USER_VALUE_OTHER;
	}
	for (; value < end; value++)
		if (!ascii_is_digit(*value) && *value != '-')
			return USER_VALUE_OTHER;
	return USER_VALUE_INTEGER;
}

void
user_rule_mend(char *object, const struct user_values *values)
{
	const struct user_member *properties = &values->properties;

	if (properties->value != USER_VALUE_EMPTY_LIST)
		return;
	object[properties->start] = '{';
	object[properties->end - 1] = '}';
}

static const char *
id_fault(const struct user_rule *rule, const struct user_values *values)
{
	const enum user_value value = values->id.value != USER_VALUE_NONE
					  ? values->id.value
					  : values->other_id.value;

	if (values->id_repeated)
		return "a member twice";
	if (user_rule_id(values))
		return NULL;
	if (value == USER_VALUE_NONE)
		return rule->no_id;
	return value == USER_VALUE_EMPTY_STRING ? rule->empty_id
						: rule->wrong_id;
}

const char *
user_rule_fault(const struct user_rule *rule, const struct user_values *values)
{
	const enum user_value properties = values->properties.value;
	const char *fault = NULL;

	if (rule->id.size > 0)
		fault = id_fault(rule, values);
	if (fault || rule->properties.size == 0)
		return fault;
	if (properties == USER_VALUE_NONE)
		return rule->no_properties;
	return properties == USER_VALUE_OBJECT ||
		       properties == USER_VALUE_EMPTY_LIST
		   ? NULL
		   : rule->wrong_properties;
}
