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

bool
format_conclude(enum users_status status, const struct users_error *error,
    struct answer *answer)
{
	switch (status) {
	case USERS_OK:
		memcpy(answer->text, error->text, sizeof error->text);
		break;
	case USERS_INVALID:
		return answer_refuse(
		    answer, OUTCOME_BAD_BODY, "%s", error->text);
	case USERS_TOO_MANY:
		return answer_refuse(answer, OUTCOME_TOO_LARGE,
		    "%s (MIXSPOOL_MAX_USERS)", error->text);
	case USERS_TOO_LARGE:
		return answer_refuse(
		    answer, OUTCOME_TOO_LARGE, "%s", error->text);
	case USERS_NO_MEMORY:
		return answer_refuse(
		    answer, OUTCOME_TRY_LATER, "no memory for the users");
	}
	return true;
}
