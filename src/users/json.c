#include "users/json.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "base/ascii.h"

const char *
json_skip_space(const char *p, const char *end)
{
	while (p < end && ascii_is_json_space(*p))
		p++;
	return p;
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

static const char *
skip_ordinary(const char *p, const char *end)
{
	uint64_t found;

	for (; end - p >= 8; p += 8) {
		found = special(p);
		if (found)
			return p + __builtin_ctzll(found) / 8;
	}
	while (p < end && is_ordinary((unsigned char)*p))
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
static const char *
read_utf8(const char *p, const char *end)
{
	const struct utf8 *sequence = sequences;
	unsigned i;

	while (!is_within(*p, sequence->first, sequence->last))
		if (++sequence ==
		    sequences + sizeof sequences / sizeof *sequences)
			return NULL;
	if ((size_t)(end - p) < sequence->size ||
	    !is_within(p[1], sequence->second_min, sequence->second_max))
		return NULL;
	for (i = 2; i < sequence->size; i++)
		if (!is_within(p[i], 0x80, 0xbf))
			return NULL;
	return p + sequence->size;
}

int
json_escape_unit(const char *p, const char *end)
{
	int unit = 0, i;

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (i = 2; i < 6; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c >= '0' && c <= '9')
			unit = unit * 16 + c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			unit = unit * 16 + (c | 0x20) - 'a' + 10;
		else
			return -1;
	}
	return unit;
}

/* P is at a backslash. */
static const char *
read_escape(const char *p, const char *end, bool *is_odd)
{
	int unit = json_escape_unit(p, end), low;

	if (unit < 0)
		return end - p >= 2 && p[1] && strchr("\"\\/bfnrt", p[1])
			   ? p + 2
			   : NULL;
	if (unit >= 0xd800 && unit <= 0xdbff) {
		low = json_escape_unit(p + 6, end);
		if (low >= 0xdc00 && low <= 0xdfff)
			return p + 12;
	}
	if (unit == 0 || (unit >= 0xd800 && unit <= 0xdfff))
		*is_odd = true;
	return p + 6;
}

const char *
json_read_string(const char *p, const char *end, bool *is_odd)
{
	for (;;) {
		p = skip_ordinary(p, end);
		if (p == end)
			return NULL;
		if (*p == '"')
			return p + 1;
		if (*p == '\\')
			p = read_escape(p, end, is_odd);
		else if ((unsigned char)*p >= 0x80)
			p = read_utf8(p, end);
		else
			return NULL;
		if (!p)
			return NULL;
	}
}

static const char *
read_digits(const char *p, const char *end)
{
	const char *start = p;

	while (p < end && ascii_is_digit(*p))
		p++;
	return p > start ? p : NULL;
}

static const char *
read_integer(const char *p, const char *end)
{
	if (p < end && *p == '-')
		p++;
	if (p < end && *p == '0')
		return p + 1;
	return read_digits(p, end);
}

/* P is behind the 'e'. */
static const char *
read_exponent(const char *p, const char *end, size_t *size)
{
	const char *digits;

	if (p < end && (*p == '+' || *p == '-'))
		p++;
	digits = p;
	p = read_digits(p, end);
	*size = p ? (size_t)(p - digits) : 0;
	return p;
}

const char *
json_read_number(const char *p, const char *end, struct json_number *number)
{
	const char *integer_end;

	number->exponent = 0;
	p = integer_end = read_integer(p, end);
	if (p && p < end && *p == '.')
		p = read_digits(p + 1, end);
	if (p && p < end && (*p == 'e' || *p == 'E'))
		p = read_exponent(p + 1, end, &number->exponent);
	number->is_integer = p == integer_end;
	return p;
}

static const char *
read_word(const char *p, const char *end, const char *word, size_t size)
{
	return (size_t)(end - p) >= size && !memcmp(p, word, size) ? p + size
								   : NULL;
}

const char *
json_read_literal(const char *p, const char *end)
{
	if (p < end && *p == 't')
		return read_word(p, end, "true", 4);
	if (p < end && *p == 'f')
		return read_word(p, end, "false", 5);
	return read_word(p, end, "null", 4);
}

/* P is before the name of a member; returns what follows the ':'. */
static const char *
read_name(const char *p, const char *end, const char **name_end)
{
	bool is_odd;

	if (p == end || *p != '"')
		return NULL;
	p = *name_end = json_read_string(p + 1, end, &is_odd);
	if (!p)
		return NULL;
	p = json_skip_space(p, end);
	return p < end && *p == ':' ? p + 1 : NULL;
}

const char *
json_read_member(
    const char *p, const char *end, unsigned depth, struct json_member *member)
{
	p = member->name = json_skip_space(p, end);
	p = read_name(p, end, &member->name_end);
	if (!p)
		return NULL;
	member->value = json_skip_space(p, end);
	return member->value_end = json_read_value(member->value, end, depth);
}

static const char *
read_scalar(const char *p, const char *end)
{
	struct json_number number;
	bool is_odd;

	switch (*p) {
	case '"':
		return json_read_string(p + 1, end, &is_odd);
	case 't':
	case 'f':
	case 'n':
		return json_read_literal(p, end);
	default:
		return json_read_number(p, end, &number);
	}
}

/* The objects and lists that are open: a bit each, set for an object. */
struct levels {
	unsigned char *bits;
	size_t count, max;
};

static bool
is_in_object(const struct levels *levels)
{
	const size_t top = levels->count - 1;

	return levels->bits[top / 8] >> top % 8 & 1;
}

static bool
push(struct levels *levels, bool is_object)
{
	const size_t top = levels->count;
	unsigned char bit;

	if (top == levels->max)
		return false;
	bit = (unsigned char)(1u << top % 8);
	if (bit == 1)
		levels->bits[top / 8] = 0;
	levels->bits[top / 8] &= (unsigned char)~bit;
	if (is_object)
		levels->bits[top / 8] |= bit;
	levels->count++;
	return true;
}

/* Behind the opening of an object or list, or a ',' in it: what comes before
   the next value. */
static const char *
read_up_to_value(const char *p, const char *end, const struct levels *levels)
{
	const char *name_end;

	p = json_skip_space(p, end);
	if (is_in_object(levels))
		p = read_name(p, end, &name_end);
	return p;
}

/* Behind a value: closes what ends there. Returns NULL, the end of all, or what
   follows a ','. */
static const char *
close_levels(const char *p, const char *end, struct levels *levels)
{
	while (levels->count > 0) {
		p = json_skip_space(p, end);
		if (p == end)
			return NULL;
		if (*p == ',')
			return p + 1;
		if (*p != (is_in_object(levels) ? '}' : ']'))
			return NULL;
		p++;
		levels->count--;
	}
	return p;
}

static bool
closes_at_once(const char *p, const char *end, const struct levels *levels)
{
	return p < end && *p == (is_in_object(levels) ? '}' : ']');
}

const char *
json_read_deep(const char *p, const char *end, unsigned char *bits, size_t max)
{
	struct levels levels = {bits, 0, max};

	do {
		if (levels.count > 0)
			p = read_up_to_value(p, end, &levels);
		p = p ? json_skip_space(p, end) : NULL;
		if (!p || p == end)
			return NULL;
		if (*p != '{' && *p != '[') {
			p = read_scalar(p, end);
		} else {
			if (!push(&levels, *p == '{'))
				return NULL;
			p = json_skip_space(p + 1, end);
			if (!closes_at_once(p, end, &levels))
				continue;
		}
		p = p ? close_levels(p, end, &levels) : NULL;
	} while (p && levels.count > 0);
	return p;
}

const char *
json_read_value(const char *p, const char *end, unsigned depth)
{
	unsigned char bits[JSON_DEPTH_MAX / 8];

	return p == end || ascii_is_json_space(*p)
		   ? NULL
		   : json_read_deep(p, end, bits, depth);
}
