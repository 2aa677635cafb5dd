#include "users/plain.h"

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/escape.h"

/* All readers below return what follows what they have read, NULL: not plain.
 */
struct reader {
	const char *end;
	unsigned depth;
	const struct user_rule *rule;
	struct user_values values;
	/* Hashes of the names of all open objects, the innermost's last. */
	size_t names;
	uint32_t name[PLAIN_NAMES];
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

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
	p = skip_space(reader, p);
	return p < reader->end && *p == c ? p + 1 : NULL;
}

#define EACH(byte) ((uint64_t)(byte)*0x0101010101010101u)

/* The top bit of a byte of X, and perhaps of those above it, if it is below. */
static uint64_t
below(uint64_t x, unsigned char limit)
{
	return (x - EACH(limit)) & ~x & EACH(0x80);
}

static bool
is_ordinary(unsigned char c)
{
	return c >= ' ' && c < 0x80 && c != '"' && c != '\\';
}

/* The top bit of each of the 8 bytes at P that does not stand for itself in a
   string, the first byte lowest; above the first such bit any may be set. */
static uint64_t
special(const char *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof x);
	x = le64toh(x);
	return (x & EACH(0x80)) | below(x, ' ') | below(x ^ EACH('"'), 1) |
	       below(x ^ EACH('\\'), 1);
}

static char *
skip_ordinary(const struct reader *reader, char *p)
{
	uint64_t found;

	for (; reader->end - p >= 8; p += 8) {
		found = special(p);
		if (found)
			return p + __builtin_ctzll(found) / 8;
	}
	while (p < reader->end && is_ordinary((unsigned char)*p))
		p++;
	return p;
}

/* RFC 3629, section 4: the first bytes' ranges, and the second's under each. */
static const struct utf8 {
	unsigned char first, last, second_min, second_max;
	unsigned size;
} sequences[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2},
    {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3},
    {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4},
    {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static bool
is_within(char c, unsigned char min, unsigned char max)
{
	return (unsigned char)c >= min && (unsigned char)c <= max;
}

/* P is at a byte of 0x80 or more. */
static char *
read_utf8(const struct reader *reader, char *p)
{
	const struct utf8 *sequence = sequences;
	unsigned i;

	while (!is_within(*p, sequence->first, sequence->last))
		if (++sequence ==
		    sequences + sizeof sequences / sizeof *sequences)
			return NULL;
	if ((size_t)(reader->end - p) < sequence->size ||
	    !is_within(p[1], sequence->second_min, sequence->second_max))
		return NULL;
	for (i = 2; i < sequence->size; i++)
		if (!is_within(p[i], 0x80, 0xbf))
			return NULL;
	return p + sequence->size;
}

/* P is at a backslash. */
static char *
read_escape(const struct reader *reader, char *p)
{
	int unit = escape_unit(p, reader->end), low;

	if (unit < 0)
		return reader->end - p >= 2 && p[1] &&
			       strchr("\"\\/bfnrt", p[1])
			   ? p + 2
			   : NULL;
	if (unit < 0xd800 || unit > 0xdfff)
		return unit > 0 ? p + 6 : NULL;
	low = escape_unit(p + 6, reader->end);
	return unit <= 0xdbff && low >= 0xdc00 && low <= 0xdfff ? p + 12 : NULL;
}

/* P is behind the opening quote. */
static char *
read_string(const struct reader *reader, char *p)
{
	for (;;) {
		p = skip_ordinary(reader, p);
		if (p == reader->end)
			return NULL;
		if (*p == '"')
			return p + 1;
		if (*p == '\\')
			p = read_escape(reader, p);
		else if ((unsigned char)*p >= 0x80)
			p = read_utf8(reader, p);
		else
			return NULL;
		if (!p)
			return NULL;
	}
}

static char *
read_digits(const struct reader *reader, char *p)
{
	char *start = p;

	while (p < reader->end && is_digit(*p))
		p++;
	return p > start ? p : NULL;
}

static char *
read_integer(const struct reader *reader, char *p)
{
	if (p < reader->end && *p == '-')
		p++;
	if (p < reader->end && *p == '0')
		return p + 1;
	return read_digits(reader, p);
}

/* P is behind the 'e'. At most two digits, so that it is within any range. */
static char *
read_exponent(const struct reader *reader, char *p)
{
	char *digits;

	if (p < reader->end && (*p == '+' || *p == '-'))
		p++;
	digits = p;
	p = read_digits(reader, p);
	return p && p - digits <= 2 ? p : NULL;
}

static char *
read_number(const struct reader *reader, char *p)
{
	char *start = p, *integer_end;

	p = integer_end = read_integer(reader, p);
	if (p && p < reader->end && *p == '.')
		p = read_digits(reader, p + 1);
	if (p && p < reader->end && (*p == 'e' || *p == 'E'))
		p = read_exponent(reader, p + 1);
	if (!p || p - start > (p == integer_end ? PLAIN_INTEGER : PLAIN_REAL))
		return NULL;
	return p;
}

static char *
read_literal(const struct reader *reader, char *p, const char *literal)
{
	size_t size = strlen(literal);

	return (size_t)(reader->end - p) >= size && !memcmp(p, literal, size)
		   ? p + size
		   : NULL;
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

/* false: it may be there already, or there are too many. */
static bool
add_name(struct reader *reader, size_t of_object, const char *name, size_t size)
{
	uint32_t added = hash(name, size);
	size_t i;

	if (reader->names == PLAIN_NAMES)
		return false;
	for (i = of_object; i < reader->names; i++)
		if (reader->name[i] == added)
			return false;
	reader->name[reader->names++] = added;
	return true;
}

static enum user_value
kind_of(const char *value, const char *end)
{
	if (*value == '"')
		return end - value > 2 ? USER_VALUE_STRING
				       : USER_VALUE_EMPTY_STRING;
	if (*value == '{')
		return USER_VALUE_OBJECT;
	for (; value < end; value++)
		if (!is_digit(*value) && *value != '-')
			return USER_VALUE_OTHER;
	return USER_VALUE_INTEGER;
}

/* One of the user's own members. */
static void
note_member(struct reader *reader, const char *name, size_t size,
    const char *value, const char *end)
{
	if (user_rule_is_name(&reader->rule->id, name, size))
		reader->values.id = kind_of(value, end);
	else if (user_rule_is_name(&reader->rule->properties, name, size))
		reader->values.properties = kind_of(value, end);
}

static char *read_value(struct reader *reader, char *p);

/* P is at the opening quote of the name. */
static char *
read_member(struct reader *reader, size_t of_object, char *p)
{
	char *name = p + 1, *value;
	size_t size;

	p = read_string(reader, name);
	if (!p)
		return NULL;
	size = (size_t)(p - name) - 1;
	if (memchr(name, '\\', size) ||
	    !add_name(reader, of_object, name, size))
		return NULL;
	p = expect(reader, p, ':');
	if (!p)
		return NULL;
	value = skip_space(reader, p);
	p = read_value(reader, value);
	if (p && reader->depth == 1)
		note_member(reader, name, size, value, p);
	return p;
}

/* P is behind the opening brace. */
static char *
read_object(struct reader *reader, char *p)
{
	size_t of_object = reader->names;
	char *next = expect(reader, p, '}');

	while (!next) {
		p = expect(reader, p, '"');
		if (p)
			p = read_member(reader, of_object, p - 1);
		if (!p)
			return NULL;
		next = expect(reader, p, '}');
		if (!next && !(p = expect(reader, p, ',')))
			return NULL;
	}
	reader->names = of_object;
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
	if (p == reader->end)
		return NULL;
	switch (*p) {
	case '"':
		return read_string(reader, p + 1);
	case '{':
	case '[':
		return read_nested(reader, p);
	case 't':
		return read_literal(reader, p, "true");
	case 'f':
		return read_literal(reader, p, "false");
	case 'n':
		return read_literal(reader, p, "null");
	default:
		return read_number(reader, p);
	}
}

char *
plain_user(char *start, const char *end, const struct user_rule *rule)
{
	struct reader reader;
	char *user_end;

	reader.end = end;
	reader.depth = 0;
	reader.rule = rule;
	reader.values = (struct user_values){USER_VALUE_NONE, USER_VALUE_NONE};
	reader.names = 0;
	if (*start != '{')
		return NULL;
	user_end = read_value(&reader, start);
	return user_rule_fault(rule, &reader.values) ? NULL : user_end;
}
