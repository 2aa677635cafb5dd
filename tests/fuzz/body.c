/* Lines of any bytes as users of a body: the receiver's form decoder gets back
   what was put in. */
#include "send/webhook.h"

#include "cgi/form.h"
#include "fuzz.h"

/* Adds each line to BODY, and returns the list that they are. */
static char *
fill(struct body *body, const char *data, size_t size, size_t *list_size)
{
	char *list = malloc(size + 3), *to = list;
	const char *end = data + size, *line = data, *newline;

	HOLDS(list);
	*to++ = '[';
	while (line < end) {
		size_t length;

		newline = memchr(line, '\n', (size_t)(end - line));
		length = (size_t)((newline ? newline : end) - line);
		HOLDS(body_add(body, line, length) == 0);
		if (line > data)
			*to++ = ',';
		memcpy(to, line, length);
		to += length;
		line += length + 1;
	}
	*to++ = ']';
	*list_size = (size_t)(to - list);
	return list;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct body body = {0};
	char *text = fuzz_copy(data, size), *list, *form, *value = NULL;
	size_t list_size, value_size = 0;

	body_begin(&body, &webhook_form.frame);
	list = fill(&body, text, size, &list_size);
	HOLDS(body_end(&body) == 0);
	form = fuzz_copy(body.bytes, body.size);
	HOLDS(form_field(form, body.size, "users", &value, &value_size) ==
	      FORM_OK);
	HOLDS(value_size == list_size && !memcmp(value, list, list_size));
	free(form);
	free(list);
	free(text);
	body_free(&body);
	return 0;
}
