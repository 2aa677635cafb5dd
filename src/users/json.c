#include "users/json.h"

#include <string.h>

#include "base/ascii.h"

const char *
json_skip_space(const char *p, const char *end)
{
	while (p < end && ascii_is_json_space(*p))
		p++;
	return p;
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

const char *
json_next_member(const char *p, const char *end, struct json_member *member)
{
	p = json_skip_space(p, end);
	if (p == end || (*p != '{' && *p != ','))
		return NULL;
	return json_read_member(p + 1, end, JSON_DEPTH_MAX, member);
}
