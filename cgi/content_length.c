#include "cgi/content_length.h"

#include <string.h>

#include "base/number.h"

enum content_length
content_length_parse(const char *text, uint64_t *length)
{
	*length = 0;
	if (!text || !*text || !strcmp(text, "-1"))
		return CONTENT_LENGTH_ABSENT;
	if (number_parse_digits(text, 0, UINT64_MAX, length) == 0)
		return CONTENT_LENGTH_KNOWN;
	if (text[strspn(text, "0123456789")])
		return CONTENT_LENGTH_NOT_A_NUMBER;
	*length = UINT64_MAX;
	return CONTENT_LENGTH_KNOWN;
}
