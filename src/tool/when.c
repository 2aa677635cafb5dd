#include "tool/when.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/ascii.h"
#include "base/number.h"

/* strptime takes a day such as February 30 for one of March. 0: there is none.
 */
static time_t
time_of(const char *text, const char *format, const char **after)
{
	struct tm utc = {0};
	int day;
	time_t moment;

	*after = strptime(text, format, &utc);
	if (!*after)
		return 0;
	day = utc.tm_mday;
	moment = timegm(&utc);
	return utc.tm_mday == day && moment > 0 ? moment : 0;
}

time_t
when_begun(const char *batch)
{
	const char *after;

	return time_of(batch, "%Y%m%dT%H%M%S", &after);
}

int64_t
when_begun_us(const char *batch)
{
	const char *after;
	int64_t us = time_of(batch, "%Y%m%dT%H%M%S", &after), place = 100000;

	if (us == 0)
		return 0;
	us *= 1000000;
	if (*after == '.')
		for (after++; ascii_is_digit(*after); place /= 10)
			us += (*after++ - '0') * place;
	return us;
}

/* strptime would skip spaces, and take one digit for two. */
static int
has_shape(const char *text, const char *shape)
{
	for (; *shape && *text; shape++, text++)
		if (*shape == '0' ? !ascii_is_digit(*text) : *text != *shape)
			return 0;
	return *shape == *text;
}

int
when_parse(const char *text, time_t now, time_t *moment)
{
	static const struct {
		const char *shape, *format;
	} forms[] = {
	    {"0000-00-00", "%Y-%m-%d"},
	    {"0000-00-00T00:00", "%Y-%m-%dT%H:%M"},
	    {"0000-00-00T00:00Z", "%Y-%m-%dT%H:%MZ"},
	    {"0000-00-00T00:00:00", "%Y-%m-%dT%H:%M:%S"},
	    {"0000-00-00T00:00:00Z", "%Y-%m-%dT%H:%M:%SZ"},
	};
	const char *after = NULL;
	time_t age;
	size_t i;

	if (when_parse_age(text, &age) == 0) {
		*moment = now > age ? now - age : 0;
		return 0;
	}
	for (i = 0; i < sizeof forms / sizeof *forms; i++) {
		if (!has_shape(text, forms[i].shape))
			continue;
		*moment = time_of(text, forms[i].format, &after);
		return *moment > 0 && after && !*after ? 0 : -1;
	}
	return -1;
}

int
when_parse_age(const char *text, time_t *seconds)
{
	const size_t length = strlen(text);
	uint64_t number;

	if (length == 0 || ascii_is_digit(text[length - 1]) ||
	    number_parse_time(text, 0, UINT32_MAX, &number) < 0)
		return -1;
	*seconds = (time_t)number;
	return 0;
}
