/* Any bytes as a form: a second, independent reader finds the same, and the
   value lies inside the body. */
#include "cgi/form.h"

#include "fuzz.h"
#include "reference.h"
#include "versions.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reference wanted = reference_field(data, size, "users");
	char *body = fuzz_copy(data, size), *value = NULL;
	size_t value_size = 0;

	version_choose(size);
	HOLDS(form_field(body, size, "users", &value, &value_size) ==
	      wanted.status);
	if (wanted.status == FORM_OK) {
		HOLDS(value >= body && value + value_size <= body + size);
		HOLDS(value_size == wanted.size &&
		      !memcmp(value, wanted.value, value_size));
	}
	if (wanted.status == FORM_BAD_ESCAPE)
		HOLDS(value_size == wanted.size);
	free(wanted.value);
	free(body);
	return 0;
}
