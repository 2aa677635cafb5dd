#include "users/scan.h"

#include <stddef.h>
#include <string.h>

#include "base/ascii.h"
#include "users/json.h"
#include "users/plain.h"
#include "users/user.h"

/*
 * For an escaped NUL: the noncharacters U+FDD0 and U+FDEF. If another name in
 * the object had the same two in the same place, jansson would take two names
 * for one; these two in a row are unlikely.
 */
#define NUL_STAND_IN "\xef\xb7\x90\xef\xb7\xaf"

/* jansson takes every number of PLAIN_INTEGER bytes without an exponent. */
static char *
scan_number(char *p, const char *end, struct scan_user *user, bool stand_in)
{
	char *start = p;
	bool exponent = false, integer = true;
	struct json_number number;
	const char *zero;

	for (; p < end && (ascii_is_digit(*p) || (*p && strchr("+-.eE", *p)));
	     p++) {
		exponent |= *p == 'e' || *p == 'E';
		integer &= *p == '-' || ascii_is_digit(*p);
	}
	if (p - start <= PLAIN_INTEGER && !exponent)
		return p;
	user->needs_stand_in = true;
	if (integer && p - start - (*start == '-') > USER_MAX_DIGITS)
		user->long_integer = true;
	if (stand_in && json_read_number(start, p, &number) == p) {
		zero = number.is_integer ? "0" : "0.0";
		memset(start, ' ', (size_t)(p - start));
		memcpy(start, zero, strlen(zero));
	}
	return p;
}

/* P is at a backslash inside a string; returns what follows the escape. */
static char *
scan_escape(char *p, const char *end, struct scan_user *user, bool stand_in)
{
	int unit = json_escape_unit(p, end), low;

	if (unit < 0)
		return end - p < 2 ? p + 1 : p + 2;
	if (unit == 0) {
		user->needs_stand_in = true;
		if (stand_in)
			memcpy(p, NUL_STAND_IN, 6);
	}
	if (unit >= 0xd800 && unit <= 0xdbff) {
		low = json_escape_unit(p + 6, end);
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

/* P is at what may be true, false or null, or is not JSON. */
static char *
scan_word(char *p, const char *end)
{
	do
		p++;
	while (p < end && *p >= 'a' && *p <= 'z');
	return p;
}

static bool
is_bracket(char c)
{
	return c == '{' || c == '[';
}

static void
scan(struct scan_user *user, char *end, bool stand_in)
{
	char *p = user->start;
	size_t depth = 0;

	if (!is_bracket(*p) && *p != '"' && *p != '-' && !ascii_is_digit(*p)) {
		user->end = scan_word(p, end);
		return;
	}
	do {
		if (*p == '"') {
			p = scan_string(p + 1, end, user, stand_in);
			continue;
		}
		if (*p == '-' || ascii_is_digit(*p)) {
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
			if (++depth > user->depth)
				user->depth = depth;
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
scan_element(
    struct scan_user *user, struct marks *marks, const struct user_rule *rule)
{
	char *end = user->start + (marks->end - user->start);

	user->end = plain_user(user->start, marks, rule, &user->values);
	user->is_plain = user->end;
	if (!user->is_plain)
		scan(user, end, false);
}

void
scan_user(struct scan_user *user, char *end, const struct user_rule *rule)
{
	struct marks marks;

	marks_open(&marks, user->start, end);
	scan_element(user, &marks, rule);
}

void
scan_stand_in(struct scan_user *user, char *end)
{
	scan(user, end, true);
}
