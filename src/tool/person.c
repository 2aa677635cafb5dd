#include "tool/person.h"

#include <string.h>

#include "base/ascii.h"
#include "users/json.h"
#include "users/token.h"

/* The last one is too ordinary to be looked for in a member of a cohort. */
static const char *const names[] = {
    "$distinct_id", "mixpanel_distinct_id", "distinct_id"};
#define NAMES (sizeof names / sizeof *names)
#define NAMES_OF_MEMBERS (NAMES - 1)

struct found {
	bool has_own, own, other; /* is there a $distinct_id, is an id wanted */
	bool is_cohort;
	struct json_member properties[2];
	size_t count; /* of those */
};

/* Is a value one of the ids? -1: no memory. */
static int
is_wanted(struct ids *ids, const char *value, const char *end)
{
	struct token_text text;
	int result;

	if (*value != '"' && *value != '-' && !ascii_is_digit(*value))
		return false;
	if (token_decode(value, end, &text) < 0)
		return -1;
	result = ids_have(ids, text.text, text.size);
	token_text_free(&text);
	return result;
}

/* Which of COUNT names a token is; COUNT: none. -1: no memory. */
static int
find_name(const char *token, const char *end, const char *const *all, int count)
{
	int i, is_it;

	for (i = 0; i < count; i++) {
		is_it = token_is(token, end, all[i]);
		if (is_it != 0)
			return is_it < 0 ? -1 : i;
	}
	return count;
}

/* Has an object a member of one of these names with a wanted id? -1: no
   memory. */
static int
object_has(struct ids *ids, const struct json_member *object, int count)
{
	const char *p = object->value;
	struct json_member member;
	int name, result = 0;

	while (result == 0 &&
	       (p = json_next_member(p, object->value_end, &member))) {
		name = find_name(member.name, member.name_end, names, count);
		if (name < 0)
			return -1;
		if (name < count)
			result = is_wanted(ids, member.value, member.value_end);
	}
	return result;
}

/* 0, or -1: no memory. */
static int
note_member(
    struct ids *ids, const struct json_member *member, struct found *found)
{
	static const char *const others[] = {
	    "$properties", "properties", "$cohort"};
	int name = find_name(member->name, member->name_end, names, NAMES);
	int wanted;

	if (name < 0)
		return -1;
	if (name < (int)NAMES) {
		wanted = is_wanted(ids, member->value, member->value_end);
		found->has_own |= name == 0;
		found->own |= name == 0 && wanted > 0;
		found->other |= wanted > 0;
		return wanted < 0 ? -1 : 0;
	}
	if (*member->value != '{')
		return 0;
	name = find_name(member->name, member->name_end, others, 3);
	if (name == 2)
		found->is_cohort = true;
	else if (name < 2 && name >= 0 && found->count < 2)
		found->properties[found->count++] = *member;
	return name < 0 ? -1 : 0;
}

/* By what was found in a whole line. */
static enum person
judge(struct ids *ids, const struct found *found)
{
	const int count = found->is_cohort ? NAMES_OF_MEMBERS : NAMES;
	int has = found->own || (!found->has_own && found->other);
	size_t i;

	if (found->has_own && !found->is_cohort)
		return has ? PERSON_WANTED : PERSON_OTHER;
	for (i = 0; i < found->count && has == 0; i++)
		has = object_has(ids, &found->properties[i], count);
	return has < 0   ? PERSON_NO_MEMORY
	       : has > 0 ? PERSON_WANTED
			 : PERSON_OTHER;
}

/* Of an object, if nothing follows it; UNKNOWN: it is not such JSON. */
static enum person
person_of_object(struct ids *ids, const char *p, const char *end)
{
	struct found found = {0};
	struct json_member member;
	const char *first = json_skip_space(p + 1, end), *next;

	if (first < end && *first == '}')
		return json_skip_space(first + 1, end) == end ? PERSON_OTHER
							      : PERSON_UNKNOWN;
	while ((next = json_next_member(p, end, &member))) {
		if (note_member(ids, &member, &found) < 0)
			return PERSON_NO_MEMORY;
		p = next;
	}
	p = json_skip_space(p, end);
	if (p == end || *p != '}' || json_skip_space(p + 1, end) != end)
		return PERSON_UNKNOWN;
	return judge(ids, &found);
}

/* What follows the string or number at P; NULL: there is none. */
static const char *
value_end(const char *p, const char *end)
{
	struct json_number number;
	bool is_odd;

	if (p == end)
		return NULL;
	return *p == '"' ? json_read_string(p + 1, end, &is_odd)
			 : json_read_number(p, end, &number);
}

/* Is an id, or one in a list of ids, wanted? -1: no memory. */
static int
any_is_wanted(struct ids *ids, const char *p, const char *end)
{
	const char *after = value_end(p, end);
	int wanted = 0;

	if (after)
		return is_wanted(ids, p, after);
	if (p == end || *p != '[')
		return false;
	do {
		p = json_skip_space(p + 1, end);
		after =
		    p < end ? json_read_value(p, end, JSON_DEPTH_MAX) : NULL;
		if (after)
			wanted = is_wanted(ids, p, after);
		p = after ? json_skip_space(after, end) : end;
	} while (wanted == 0 && p < end && *p == ',');
	return wanted;
}

/* Is the value at P the element of a line of aside/, its last member? */
static bool
is_element(
    const char *name, const char *name_end, const char *p, const char *end)
{
	static const char element[] = "\"element\"";

	if ((size_t)(name_end - name) != sizeof element - 1 ||
	    memcmp(name, element, sizeof element - 1) != 0)
		return false;
	p = p < end ? json_read_value(p, end, JSON_DEPTH_MAX) : NULL;
	p = p ? json_skip_space(p, end) : end;
	return p < end && *p == '}' && json_skip_space(p + 1, end) == end;
}

/* Looks at each name, however deep: no tree, so no depth is too much. */
static enum person
person_of_any(struct ids *ids, const char *p, const char *end, bool is_aside)
{
	const char *name, *after;
	int which, wanted = 0;
	bool is_odd;

	while ((name = memchr(p, '"', (size_t)(end - p)))) {
		p = json_read_string(name + 1, end, &is_odd);
		if (!p)
			return PERSON_UNKNOWN;
		after = json_skip_space(p, end);
		if (after == end || *after != ':')
			continue;
		which = find_name(name, p, names, NAMES);
		after = json_skip_space(after + 1, end);
		if (which >= 0 &&
		    (which < (int)NAMES ||
			(is_aside && is_element(name, p, after, end))))
			wanted = any_is_wanted(ids, after, end);
		if (which < 0 || wanted < 0)
			return PERSON_NO_MEMORY;
		if (wanted > 0)
			return PERSON_WANTED;
		p = after;
	}
	return PERSON_OTHER;
}

enum person
person_of(struct ids *ids, const char *line, size_t size, bool is_aside)
{
	const char *end = line + size, *p = json_skip_space(line, end);
	enum person person = PERSON_UNKNOWN;

	if (is_aside)
		return person_of_any(ids, p, end, true);
	if (p == end)
		return PERSON_OTHER;
	if (*p == '{')
		person = person_of_object(ids, p, end);
	else if (json_read_value(p, end, JSON_DEPTH_MAX))
		return PERSON_OTHER;
	if (person != PERSON_UNKNOWN)
		return person;
	person = person_of_any(ids, p, end, false);
	return person == PERSON_OTHER ? PERSON_UNKNOWN : person;
}
