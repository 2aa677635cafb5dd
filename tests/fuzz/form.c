/* Any bytes as a form: the field is inside of it, and encoded again it is the
   same field. */
#include "form.h"

#include <ctype.h>

#include "fuzz.h"

static char *
encode(const char *value, size_t size, size_t *encoded_size)
{
	static const char field[] = "users=";
	char *encoded = malloc(sizeof field + 3 * size), *to;
	size_t i;

	HOLDS(encoded);
	to = encoded + sprintf(encoded, "%s", field);
	for (i = 0; i < size; i++)
		to += sprintf(to, "%%%02x", (unsigned)(unsigned char)value[i]);
	*encoded_size = (size_t)(to - encoded);
	return encoded;
}

static void
check_round_trip(const char *value, size_t size)
{
	size_t body_size, again_size = 0;
	char *body = encode(value, size, &body_size), *again = NULL;

	HOLDS(form_field(body, body_size, "users", &again, &again_size) ==
	      FORM_OK);
	HOLDS(again_size == size && memcmp(again, value, size) == 0);
	free(body);
}

static void
check_bad_escape(const uint8_t *data, size_t size, size_t at)
{
	HOLDS(at < size && data[at] == '%');
	HOLDS(size - at < 3 || !isxdigit(data[at + 1]) ||
	      !isxdigit(data[at + 2]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *body = fuzz_copy(data, size), *value = NULL;
	size_t value_size = 0;

	switch (form_field(body, size, "users", &value, &value_size)) {
	case FORM_OK:
		HOLDS(value >= body && value + value_size <= body + size);
		check_round_trip(value, value_size);
		break;
	case FORM_BAD_ESCAPE:
		check_bad_escape(data, size, value_size);
		break;
	case FORM_MISSING:
	case FORM_REPEATED:
		break;
	}
	free(body);
	return 0;
}
