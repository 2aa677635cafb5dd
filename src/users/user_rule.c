#include "users/user_rule.h"

#include <string.h>

#include "base/ascii.h"
#include "users/json.h"

const struct user_rule user_rule_form = {
    .id = {"$distinct_id", sizeof "$distinct_id" - 1},
    .properties = {"$properties", sizeof "$properties" - 1},
    .no_id = "no $distinct_id",
    .empty_id = "$distinct_id is empty",
    .wrong_id = "$distinct_id is neither a string nor an integer",
    .no_properties = "no $properties",
    .wrong_properties = "$properties is not an object",
};

bool
user_rule_is_name(const struct user_name *name, const char *text, size_t size)
{
	return size == name->size && !memcmp(text, name->text, size);
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
user_rule_mend_list(char *value, char *end)
{
	*value = '{';
	end[-1] = '}';
}

const char *
user_rule_fault(const struct user_rule *rule, const struct user_values *values)
{
	if (values->id == USER_VALUE_NONE)
		return rule->no_id;
	if (values->id == USER_VALUE_EMPTY_STRING)
		return rule->empty_id;
	if (values->id != USER_VALUE_STRING && values->id != USER_VALUE_INTEGER)
		return rule->wrong_id;
	if (values->properties == USER_VALUE_NONE)
		return rule->no_properties;
	if (values->properties != USER_VALUE_OBJECT &&
	    values->properties != USER_VALUE_EMPTY_LIST)
		return rule->wrong_properties;
	return NULL;
}
