/*
 * reference.h: form.h once more, written to be read: the result that form_field
 * must return. Leaves the body as it is.
 */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <ctype.h>

#include "cgi/form.h"
#include "fuzz.h"

struct reference {
	enum form_status status;
	char *value; /* owned, if FORM_OK */
	size_t size; /* of the value, or the place of the bad escape */
};

/* Decodes the bytes FROM to END. false: *SIZE bytes precede a bad escape. */
static inline bool
reference_decode(
    const uint8_t *from, const uint8_t *end, char *decoded, size_t *size)
{
	const uint8_t *start = from;

	for (*size = 0; from < end; from++) {
		char pair[3] = {0};

		if (*from == '+') {
			decoded[(*size)++] = ' ';
		} else if (*from != '%') {
			decoded[(*size)++] = (char)*from;
		} else if (end - from > 2 && isxdigit(from[1]) &&
			   isxdigit(from[2])) {
			memcpy(pair, from + 1, 2);
			decoded[(*size)++] = (char)strtoul(pair, NULL, 16);
			from += 2;
		} else {
			*size = (size_t)(from - start);
			return false;
		}
	}
	return true;
}

static inline const uint8_t *
reference_find(const uint8_t *from, const uint8_t *end, char byte)
{
	while (from < end && *from != byte)
		from++;
	return from;
}

/* Reports the leftmost fault. */
static inline struct reference
reference_field(const uint8_t *body, size_t size, const char *name)
{
	const uint8_t *end = body + size, *pair, *pair_end, *equals, *value;
	struct reference found = {FORM_MISSING, NULL, 0};
	char *text = malloc(size + 1);
	size_t length;
	bool is_it;

	HOLDS(text);
	for (pair = body; pair < end; pair = pair_end + 1) {
		pair_end = reference_find(pair, end, '&');
		equals = reference_find(pair, pair_end, '=');
		value = equals < pair_end ? equals + 1 : equals;
		if (!reference_decode(pair, equals, text, &length)) {
			found.status = FORM_BAD_ESCAPE;
			found.size = (size_t)(pair - body) + length;
			break;
		}
		is_it = length == strlen(name) && !memcmp(text, name, length);
		if (!reference_decode(value, pair_end, text, &length)) {
			found.status = FORM_BAD_ESCAPE;
			found.size = (size_t)(value - body) + length;
			break;
		}
		if (is_it && found.status == FORM_OK) {
			found.status = FORM_REPEATED;
			break;
		}
		if (is_it) {
			found.status = FORM_OK;
			found.value = fuzz_copy(text, length);
			found.size = length;
		}
	}
	free(text);
	if (found.status != FORM_OK) {
		free(found.value);
		found.value = NULL;
	}
	return found;
}

#endif
