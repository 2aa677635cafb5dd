#include "cgi/format.h"

#include <string.h>
#include <strings.h>

const struct format *
format_find(const char *content_type)
{
	static const struct format *const formats[] = {&format_form, NULL};
	const struct format *const *format;
	size_t length;

	if (!content_type)
		return NULL;
	length = strcspn(content_type, "; \t");
	for (format = formats; *format; format++)
		if (strlen((*format)->content_type) == length &&
		    !strncasecmp(content_type, (*format)->content_type, length))
			return *format;
	return NULL;
}
