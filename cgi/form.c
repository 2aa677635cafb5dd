#include "cgi/form.h"

#include <stdbool.h>
#include <string.h>

#include "base/wide.h"

enum form_status
form_field(
    char *body, size_t body_size, const char *name, char **value, size_t *size)
{
	const struct wide *wide = wide_best();
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
		name_end = wide->decode(pair, equals, &bad);
		value_end = equals;
		if (name_end && equals < pair_end)
			value_end = wide->decode(equals + 1, pair_end, &bad);
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
