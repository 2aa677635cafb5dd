#include "cgi/format.h"

#include <string.h>

const struct format *
format_find(const char *content_type)
{
	static const struct format *const formats[] = {
	    &format_form, &format_json, NULL};
	const struct format *const *format;
	size_t length;

	if (!content_type)
		return NULL;
	length = strcspn(content_type, "; \t");
	for (format = formats; *format; format++)
		if ((*format)->is_type(content_type, length))
			return *format;
	return NULL;
}
