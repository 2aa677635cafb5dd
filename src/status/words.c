#include "status/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define CLOCKS_DIFFER 60000 /* ms, of several hosts */

const char *
words_number(uint64_t number, char words[WORDS_SIZE])
{
	char digits[24], *to = words;
	int length = snprintf(digits, sizeof digits, "%" PRIu64, number);
	int i;

	for (i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return words;
}

const char *
words_count(uint64_t number, const char *thing, char words[WORDS_SIZE])
{
	const size_t length = strlen(thing);
	const char *plural =
	    length > 2 && !strcmp(thing + length - 2, "ch") ? "es" : "s";
	char digits[WORDS_SIZE];

	snprintf(words, WORDS_SIZE, "%.30s %.20s%s",
	    words_number(number, digits), thing, number == 1 ? "" : plural);
	return words;
}

const char *
words_for(int64_t ms, int64_t now_ms, char words[WORDS_SIZE])
{
	static const struct {
		int64_t below, unit; /* seconds */
		const char *name;
	} units[] = {
	    {60, 1, "second"},
	    {3600, 60, "minute"},
	    {172800, 3600, "hour"},
	    {INT64_MAX, 86400, "day"},
	};
	const int64_t seconds = now_ms > ms ? (now_ms - ms) / 1000 : 0;
	size_t i = 0;

	while (seconds >= units[i].below)
		i++;
	return words_count(
	    (uint64_t)(seconds / units[i].unit), units[i].name, words);
}

int
words_is_future(int64_t ms, int64_t now_ms)
{
	return ms > now_ms + CLOCKS_DIFFER;
}

const char *
words_ago(int64_t ms, int64_t now_ms, char words[WORDS_SIZE])
{
	char age[WORDS_SIZE];

	if (ms == 0)
		snprintf(words, WORDS_SIZE, "never");
	else if (words_is_future(ms, now_ms))
		snprintf(words, WORDS_SIZE, "in the future");
	else if (now_ms - ms < 5000)
		snprintf(words, WORDS_SIZE, "just now");
	else
		snprintf(
		    words, WORDS_SIZE, "%.40s ago", words_for(ms, now_ms, age));
	return words;
}

/* As strftime. */
static size_t
words_format(
    char words[WORDS_SIZE], enum words_format format, const struct tm *utc)
{
	switch (format) {
	case WORDS_ISO:
		return strftime(words, WORDS_SIZE, "%Y-%m-%dT%H:%M:%SZ", utc);
	case WORDS_DATE:
		return strftime(
		    words, WORDS_SIZE, "%a %d %b %Y, %H:%M:%S", utc);
	case WORDS_HOUR:
		return strftime(words, WORDS_SIZE, "%a %H:00", utc);
	case WORDS_DAY_HOUR:
		return strftime(words, WORDS_SIZE, "%a %d %b %H:00", utc);
	case WORDS_DAY_MINUTE:
		return strftime(words, WORDS_SIZE, "%d %b %H:%M", utc);
	case WORDS_DAY_SECOND:
		return strftime(words, WORDS_SIZE, "%d %b %H:%M:%S", utc);
	case WORDS_SECOND:
		break;
	}
	return strftime(words, WORDS_SIZE, "%H:%M:%S", utc);
}

const char *
words_time(int64_t ms, enum words_format format, char words[WORDS_SIZE])
{
	const time_t seconds = (time_t)(ms / 1000);
	struct tm utc;

	/* Each such time has a date, and each of its texts fits. */
	gmtime_r(&seconds, &utc);
	(void)words_format(words, format, &utc);
	return words;
}
