#include "once/line.h"

#include <string.h>

#include "once/usual.h"
#include "users/json.h"

const char *
line_next(const char *p, const char *end, struct json_member *member)
{
	return json_next_member(p, end, member);
}

/* Is there an escape of half a pair of surrogates, which is no character? NULL,
   or what is wrong. */
static const char *
find_half(struct line_value token)
{
	const char *p = token.start, *end = token.end, *escape;
	bool is_odd;

	if (*p != '"')
		return NULL;
	while (p && (p = memchr(p, '\\', (size_t)(end - p)))) {
		is_odd = false;
		escape = p;
		p = json_read_escape(p, end, &is_odd);
		if (is_odd && json_escape_unit(escape, end) != 0)
			return "it has half a pair of surrogates";
	}
	return NULL;
}

int
line_decode(struct line_value token, struct token_text *text, const char **why)
{
	*why = find_half(token);
	return *why ? -1 : token_decode(token.start, token.end, text);
}

int
line_is_name(const struct json_member *member, const char *name)
{
	const struct line_value token = {member->name, member->name_end};

	return find_half(token) ? false
				: token_is(token.start, token.end, name);
}

/* Finds KEY in an object, the last one of that name. 0, or -1: no memory. */
static int
find_key(struct line_value object, const char *key, struct line_value *value)
{
	const char *p = object.start;
	struct json_member member;
	int is_it;

	while ((p = line_next(p, object.end, &member))) {
		is_it = line_is_name(&member, key);
		if (is_it < 0)
			return -1;
		if (is_it)
			*value =
			    (struct line_value){member.value, member.value_end};
	}
	return 0;
}

/* What a line's own members are. */
struct members {
	struct line_value id, properties, cohort, nested, key;
};

/* 0, or -1: no memory. */
static int
take_member(
    const struct json_member *member, const char *key, struct members *members)
{
	const struct line_value value = {member->value, member->value_end};
	const struct {
		const char *name;
		struct line_value *to;
	} known[] = {
	    {"$distinct_id", &members->id},
	    {"$properties", &members->properties},
	    {"$cohort", &members->cohort},
	    {"properties", &members->nested},
	    {key, &members->key},
	};
	size_t i;
	int is_it;

	for (i = 0; i < sizeof known / sizeof *known; i++) {
		is_it = known[i].name ? line_is_name(member, known[i].name) : 0;
		if (is_it < 0)
			return -1;
		if (is_it)
			*known[i].to = value;
	}
	return 0;
}

static const char no_memory[] = ""; /* NULL for the caller */
static const char no_json[] = "it is not JSON";

/*
 * The next member, as line_next. What is an object in one line is one in
 * another, too: it ends with its own bytes.
 */
static const char *
next_member(const char *p, const char *end, struct line_value last,
    struct json_member *member)
{
	static const char name[] = "\"$cohort\":";
	const size_t name_size = sizeof name - 1;
	const size_t size = last.start ? (size_t)(last.end - last.start) : 0;

	if (size == 0 || (size_t)(end - p) < 1 + name_size + size ||
	    memcmp(p + 1, name, name_size) != 0 ||
	    memcmp(p + 1 + name_size, last.start, size) != 0)
		return line_next(p, end, member);
	member->name = p + 1;
	member->name_end = member->name + name_size - 1;
	member->value = member->name_end + 1;
	return member->value_end = member->value + size;
}

/* NULL, or why the line cannot be read. */
static const char *
read_members(const char *text, const char *end, const char *key,
    struct line_value last, struct members *members)
{
	const char *p = json_skip_space(text, end), *next;
	struct json_member member;

	if (p == end || *p != '{')
		return json_read_value(p, end, JSON_DEPTH_MAX)
			   ? "it is not an object"
			   : no_json;
	next = json_skip_space(p + 1, end);
	if (next < end && *next == '}')
		return json_skip_space(next + 1, end) == end ? NULL : no_json;
	do {
		p = next_member(p, end, last, &member);
		if (!p)
			return no_json;
		if (take_member(&member, key, members) < 0)
			return no_memory;
		p = json_skip_space(p, end);
	} while (p < end && *p == ',');
	if (p == end || *p != '}' || json_skip_space(p + 1, end) != end)
		return no_json;
	return NULL;
}

static bool
is_id(struct line_value value)
{
	if (*value.start == '"')
		return value.end - value.start > 2;
	return *value.start == '-' ||
	       (*value.start >= '0' && *value.start <= '9');
}

/* NULL, or why the line cannot be judged. */
static const char *
judge_members(const struct members *members, struct line *line)
{
	const char *why;

	line->properties = members->properties;
	line->cohort = members->cohort;
	line->key = members->key;
	line->has_id = members->id.start != NULL;
	if (members->cohort.start && *members->cohort.start == '{')
		line->kind = LINE_COHORT;
	else if (line->has_id && members->properties.start)
		line->kind = LINE_FORM;
	else
		line->kind = LINE_OTHER;
	if (line->kind == LINE_OTHER)
		return line->key.start ? find_half(line->key) : NULL;
	if (!line->has_id)
		return NULL;
	if (!is_id(members->id))
		return "its $distinct_id is not a string or number";
	if (line_decode(members->id, &line->id, &why) < 0)
		return why ? why : no_memory;
	return NULL;
}

int
line_read(const char *text, size_t size, const char *key,
    struct line_value last, struct line *line, const char **why)
{
	struct members members = {0};

	if (usual_read(text, size, last, line))
		return 0;
	*line = (struct line){.kind = LINE_OTHER};
	*why = read_members(text, text + size, key, last, &members);
	if (!*why && key && !members.key.start && members.nested.start &&
	    find_key(members.nested, key, &members.key) < 0)
		*why = no_memory;
	if (!*why)
		*why = judge_members(&members, line);
	if (!*why)
		return 0;
	*why = *why == no_memory ? NULL : *why;
	return -1;
}

void
line_free(struct line *line)
{
	token_text_free(&line->id);
}
