#include "users/plain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/ascii.h"
#include "users/json.h"

/* All readers below return what follows what they read; NULL: not plain. */
struct reader {
	const char *end;
	unsigned depth;
	bool is_odd; /* a string is: see json.h */
	const struct user_rule *rule;
	const char *start; /* of the user */
	struct user_values values;
	size_t names; /* the user's own, by their hashes */
	uint32_t name[PLAIN_NAMES];
};

static char *
skip_space(const struct reader *reader, char *p)
{
	for (; p < reader->end; p++) {
		if (*p == '\n' || *p == '\r')
			*p = ' ';
		else if (*p != ' ' && *p != '\t')
			break;
	}
	return p;
}

/* At P is C, perhaps behind white space. */
static char *
expect(const struct reader *reader, char *p, char c)
{
	if (p == reader->end || *p != c)
		p = skip_space(reader, p);
	return p < reader->end && *p == c ? p + 1 : NULL;
}

/* TO is what a reader of json.h returned for P. */
static char *
moved(char *p, const char *to)
{
	return to ? p + (to - p) : NULL;
}

/* P is behind the opening quote. */
static char *
read_string(struct reader *reader, char *p)
{
	return moved(p, json_read_string(p, reader->end, &reader->is_odd));
}

/* An exponent of two digits is within the range of every reader. */
static char *
read_number(const struct reader *reader, char *p)
{
	struct json_number number;
	const char *end = json_read_number(p, reader->end, &number);

	if (!end || number.exponent > 2 ||
	    end - p > (number.is_integer ? PLAIN_INTEGER : PLAIN_REAL))
		return NULL;
	return moved(p, end);
}

/* The multiplier of Fibonacci hashing: 2^64 by the golden ratio. */
static uint64_t
mix(uint64_t hash)
{
	hash *= 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

static uint32_t
hash(const char *text, size_t size)
{
	uint64_t hash = size, word;

	for (; size >= sizeof word; size -= sizeof word) {
		memcpy(&word, text, sizeof word);
		hash = mix(hash ^ word);
		text += sizeof word;
	}
	for (word = 0; size > 0; size--)
		word = word << 8 | (unsigned char)*text++;
	return (uint32_t)mix(hash ^ word);
}

/* false: the user may have this name already, or there are too many. */
static bool
add_name(struct reader *reader, const char *name, size_t size)
{
	uint32_t added = hash(name, size);
	size_t i;

	if (reader->names == PLAIN_NAMES)
		return false;
	for (i = 0; i < reader->names; i++)
		if (reader->name[i] == added)
			return false;
	reader->name[reader->names++] = added;
	return true;
}

/* One of the user's own members. */
static bool
take_name(struct reader *reader, const struct user_name *name)
{
	return !memchr(name->text, '\\', name->size) &&
	       (!user_rule_is_strict(reader->rule) ||
		   add_name(reader, name->text, name->size));
}

static char *read_value(struct reader *reader, char *p);

/* P is at the opening quote of the name. */
static char *
read_member(struct reader *reader, char *p)
{
	struct user_name name = {p + 1, 0};
	char *value;

	p = read_string(reader, p + 1);
	if (!p)
		return NULL;
	name.size = (size_t)(p - name.text) - 1;
	if (reader->depth == 1 && !take_name(reader, &name))
		return NULL;
	p = expect(reader, p, ':');
	if (!p)
		return NULL;
	value = skip_space(reader, p);
	p = read_value(reader, value);
	if (p && reader->depth == 1)
		user_rule_note(reader->rule, &reader->values, &name,
		    reader->start, value, p);
	return p;
}

/* P is behind the opening brace. */
static char *
read_object(struct reader *reader, char *p)
{
	char *next = expect(reader, p, '}');

	while (!next) {
		p = expect(reader, p, '"');
		if (p)
			p = read_member(reader, p - 1);
		if (!p)
			return NULL;
		next = expect(reader, p, '}');
		if (!next && !(p = expect(reader, p, ',')))
			return NULL;
	}
	return next;
}

/* P is behind the opening bracket. */
static char *
read_list(struct reader *reader, char *p)
{
	char *next = expect(reader, p, ']');

	while (!next) {
		p = read_value(reader, skip_space(reader, p));
		if (!p)
			return NULL;
		next = expect(reader, p, ']');
		if (!next && !(p = expect(reader, p, ',')))
			return NULL;
	}
	return next;
}

static char *
read_nested(struct reader *reader, char *p)
{
	if (reader->depth == PLAIN_DEPTH)
		return NULL;
	reader->depth++;
	p = *p == '{' ? read_object(reader, p + 1) : read_list(reader, p + 1);
	reader->depth--;
	return p;
}

static char *
read_value(struct reader *reader, char *p)
{
	/* plain_user leaves the room for names as it is. */
	/* cppcheck-suppress ctuuninitvar */
	if (p == reader->end)
		return NULL;
	switch (*p) {
	case '"':
		return read_string(reader, p + 1);
	case '{':
	case '[':
		return read_nested(reader, p);
	case 't':
	case 'f':
	case 'n':
		return moved(p, json_read_literal(p, reader->end));
	default:
		return read_number(reader, p);
	}
}

char *
plain_user(char *start, const char *end, const struct user_rule *rule,
    struct user_values *values)
{
	struct reader reader;
	char *user_end;

	reader.end = end;
	reader.depth = 0;
	reader.is_odd = false;
	reader.rule = rule;
	reader.start = start;
	reader.values = (struct user_values){0};
	reader.names = 0;
	if (*start != '{')
		return NULL;
	user_end = read_value(&reader, start);
	if (!user_end || reader.is_odd || user_rule_fault(rule, &reader.values))
		return NULL;
	user_rule_mend(start, &reader.values);
	*values = reader.values;
	return user_end;
}
