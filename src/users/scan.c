#include "users/scan.h"

#include <stddef.h>
#include <string.h>

#include "base/escape.h"
#include "users/plain.h"
#include "users/user.h"

enum number { NUMBER_INVALID, NUMBER_INTEGER, NUMBER_REAL };

/*
 * For an escaped NUL: U+FDD0 and U+FDEF, which are no characters. What is also
 * in another name of the same object would have two names taken for one, and
 * these two in a row are not likely to be.
 */
#define NUL_STAND_IN "\xef\xb7\x90\xef\xb7\xaf"

/* Up to this many bytes, a number without exponent fits jansson. */
#define PLAIN_NUMBER 18

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char *
skip_digits(char *p, const char *end)
{
	while (p < end && is_digit(*p))
		p++;
	return p;
}

/* RFC 8259, section 6: of which kind are the bytes from P to END? */
static enum number
number_kind(char *p, const char *end)
{
	enum number kind = NUMBER_INTEGER;
	char *digits;

	if (p < end && *p == '-')
		p++;
	digits = p;
	p = skip_digits(p, end);
	if (p == digits || (*digits == '0' && p - digits > 1))
		return NUMBER_INVALID;
	if (p < end && *p == '.') {
		kind = NUMBER_REAL;
		digits = ++p;
		p = skip_digits(p, end);
		if (p == digits)
			return NUMBER_INVALID;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		kind = NUMBER_REAL;
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		digits = p;
		p = skip_digits(p, end);
		if (p == digits)
			return NUMBER_INVALID;
	}
	return p == end ? kind : NUMBER_INVALID;
}

static char *
scan_number(char *p, const char *end, struct scan_user *user, bool stand_in)
{
	char *start = p;
	bool exponent = false;
	enum number kind;

	for (; p < end && (is_digit(*p) || (*p && strchr("+-.eE", *p))); p++)
		exponent |= *p == 'e' || *p == 'E';
	if (p - start <= PLAIN_NUMBER && !exponent)
		return p;
	user->needs_stand_in = true;
	kind = number_kind(start, p);
	if (!stand_in || kind == NUMBER_INVALID)
		return p;
	memset(start, ' ', (size_t)(p - start));
	memcpy(start, kind == NUMBER_REAL ? "0.0" : "0",
	    kind == NUMBER_REAL ? 3 : 1);
	return p;
}

/* P is at a backslash inside a string; returns what follows the escape. */
static char *
scan_escape(char *p, const char *end, struct scan_user *user, bool stand_in)
{
	int unit = escape_unit(p, end), low;

	if (unit < 0)
		return end - p < 2 ? p + 1 : p + 2;
	if (unit == 0) {
		user->needs_stand_in = true;
		if (stand_in)
			memcpy(p, NUL_STAND_IN, 6);
	}
	if (unit >= 0xd800 && unit <= 0xdbff) {
		low = escape_unit(p + 6, end);
		if (low >= 0xdc00 && low <= 0xdfff)
			return p + 12;
	}
	if (unit >= 0xd800 && unit <= 0xdfff)
		memcpy(p, "\\ufffd", 6);
	return p + 6;
}

static char *
scan_string(char *p, const char *end, struct scan_user *user, bool stand_in)
{
	while (p < end && *p != '"')
		p = *p == '\\' ? scan_escape(p, end, user, stand_in) : p + 1;
	return p < end ? p + 1 : p;
}

static void
scan(struct scan_user *user, char *end, bool stand_in)
{
	char *p = user->start;
	size_t depth = 0;

	do {
		if (*p == '"') {
			p = scan_string(p + 1, end, user, stand_in);
			continue;
		}
		if (*p == '-' || is_digit(*p)) {
			p = scan_number(p, end, user, stand_in);
			continue;
		}
		switch (*p) {
		case '\n':
		case '\r':
			*p = ' ';
			break;
		case '{':
		case '[':
			if (++depth > USER_MAX_DEPTH)
				user->too_deep = true;
			break;
		case '}':
		case ']':
			depth--;
			break;
		}
		p++;
	} while (p < end && depth > 0);
	user->end = p;
}

void
scan_user(struct scan_user *user, char *end, const struct user_rule *rule)
{
	user->end = plain_user(user->start, end, rule);
	user->is_plain = user->end;
	if (!user->is_plain)
		scan(user, end, false);
}

void
scan_stand_in(struct scan_user *user, char *end)
{
	scan(user, end, true);
}
