#include "form.h"

#include <stdbool.h>
#include <string.h>

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decodes in place. Returns the new end, or NULL with *bad at the '%'. */
static char *
decode(char *start, const char *end, const char **bad)
{
	char *to = start;
	const char *from;

	for (from = start; from < end; from++) {
		int high, low;

		if (*from != '%') {
			*to++ = (char)(*from == '+' ? ' ' : *from);
			continue;
		}
		high = end - from > 2 ? hex_digit(from[1]) : -1;
		low = high < 0 ? -1 : hex_digit(from[2]);
		if (low < 0) {
			*bad = from;
			return NULL;
		}
		*to++ = (char)(high << 4 | low);
		from += 2;
	}
	return to;
}

enum form_status
form_field(
    char *body, size_t body_size, const char *name, char **value, size_t *size)
{
	char *end = body + body_size, *pair, *pair_end, *equals, *name_end;
	char *value_end;
	const char *bad = NULL;
	bool found = false;

	for (pair = body; pair < end; pair = pair_end + 1) {
		pair_end = memchr(pair, '&', (size_t)(end - pair));
		if (!pair_end)
			pair_end = end;
		equals = memchr(pair, '=', (size_t)(pair_end - pair));
		if (!equals)
			equals = pair_end;
		name_end = decode(pair, equals, &bad);
		value_end = equals;
		if (name_end && equals < pair_end)
			value_end = decode(equals + 1, pair_end, &bad);
		if (!name_end || !value_end) {
			*size = (size_t)(bad - body);
			return FORM_BAD_ESCAPE;
		}
		if ((size_t)(name_end - pair) != strlen(name) ||
		    memcmp(pair, name, strlen(name)) != 0)
			continue;
		if (found)
			return FORM_REPEATED;
		found = true;
		*value = equals < pair_end ? equals + 1 : equals;
		*size = (size_t)(value_end - *value);
	}
	return found ? FORM_OK : FORM_MISSING;
}
