#include "cgi/form.h"

#include <stdbool.h>
#include <string.h>

/* The value of a hexadecimal digit plus 1; 0 for all other bytes. */
/* clang-format off */
static const unsigned char hex_digits[256] = {
	['0'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
	['A'] = 11, 12, 13, 14, 15, 16,
	['a'] = 11, 12, 13, 14, 15, 16,
};
/* clang-format on */

/* Decodes in place. Returns the new end, or NULL with *bad at the '%'. */
static char *
decode(char *start, const char *end, const char **bad)
{
	const char *from = start;
	char *to = start;

	while (from < end) {
		unsigned high = 0, low = 0;

		if (*from != '%') {
			*to++ = (char)(*from == '+' ? ' ' : *from);
			from++;
			continue;
		}
		if (end - from > 2) {
			high = hex_digits[(unsigned char)from[1]];
			low = hex_digits[(unsigned char)from[2]];
		}
		if (!high || !low) {
			*bad = from;
			return NULL;
		}
		*to++ = (char)((high - 1) << 4 | (low - 1));
		from += 3;
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
