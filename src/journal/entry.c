#include "journal/entry.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"
#include "journal/day.h"
#include "users/json.h"

/* A text's bytes in a line: an escape takes up to six. */
#define ESCAPED_MAX ((size_t)2 * ENTRY_TEXT_MAX)
#define TEXTS 9        /* of a request */
#define REST_MAX 400   /* the names, numbers and signs of a request */
#define NUMBER_SIZE 20 /* digits of the largest uint64_t */

static_assert(TEXTS * ESCAPED_MAX + REST_MAX <= ENTRY_SIZE, "a line fits");

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

static char *
put(char *to, const char *text, size_t size)
{
	memcpy(to, text, size);
	return to + size;
}

static char *
put_number(char *to, uint64_t number)
{
	char digits[NUMBER_SIZE], *digit = digits + sizeof digits;

	do
		*--digit = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	return put(to, digit, (size_t)(digits + sizeof digits - digit));
}

/* What stands for the character from P to NEXT, or for a byte that is none.
   Returns its size. */
static size_t
escape(const char *p, const char *next, char to[8])
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char byte = (unsigned char)*p;

	if (!next)
		return (size_t)(put(to, replacement, 3) - to);
	if (*p == '"' || *p == '\\') {
		to[0] = '\\';
		to[1] = *p;
		return 2;
	}
	if (byte >= ' ' && byte != 0x7f)
		return (size_t)(put(to, p, (size_t)(next - p)) - to);
	memcpy(to, "\\u00", 4);
	to[4] = hex[byte >> 4];
	to[5] = hex[byte & 15];
	return 6;
}

/* A text in quotes, cut at a whole character. */
static char *
put_text(char *to, struct entry_text text)
{
	const char *p = text.start, *const end = p + text.size, *next;
	char *const last = to + ESCAPED_MAX - 1, escaped[8];
	size_t left = ENTRY_TEXT_MAX, shown, size;

	*to++ = '"';
	for (; p < end; p = next ? next : p + 1, left -= shown) {
		next = utf8_skip(p, end);
		shown = next ? (size_t)(next - p) : sizeof replacement - 1;
		size = escape(p, next, escaped);
		if (shown > left || (size_t)(last - to) < size)
			break;
		to = put(to, escaped, size);
	}
	*to++ = '"';
	return to;
}

/* A member of a line. It is left out when its number is 0, unless it is one
   that all lines of its kind have, or its text is empty. */
struct member {
	const char *name;
	enum { TEXT, NUMBER, EACH_TIME } kind;
	size_t at; /* in journal_entry: an entry_text, or a uint64_t */
};

#define MEMBER(kind, name)                                                     \
	{                                                                      \
#name, kind, offsetof(struct journal_entry, name)              \
	}

static const struct member of_request[] = {MEMBER(TEXT, format),
    MEMBER(EACH_TIME, users), MEMBER(NUMBER, aside), MEMBER(EACH_TIME, bytes),
    MEMBER(EACH_TIME, ms), MEMBER(TEXT, why), MEMBER(TEXT, batch),
    MEMBER(TEXT, action), MEMBER(TEXT, project), MEMBER(TEXT, cohort),
    MEMBER(TEXT, name), MEMBER(TEXT, session), MEMBER(NUMBER, page),
    MEMBER(NUMBER, pages), MEMBER(NUMBER, probe), {NULL, TEXT, 0}};

static const struct member of_minute[] = {MEMBER(EACH_TIME, requests),
    MEMBER(EACH_TIME, users), MEMBER(NUMBER, aside), MEMBER(EACH_TIME, bytes),
    MEMBER(EACH_TIME, ms), {NULL, TEXT, 0}};

static const struct member of_run[] = {
    MEMBER(TEXT, command), MEMBER(EACH_TIME, users), {NULL, TEXT, 0}};

static const struct member *const members_of[] = {
    [ENTRY_REQUEST] = of_request,
    [ENTRY_MINUTE] = of_minute,
    [ENTRY_RUN] = of_run,
};

static char *
put_name(char *to, const char *name)
{
	to = put(to, ",\"", 2);
	to = put(to, name, strlen(name));
	return put(to, "\":", 2);
}

static char *
put_member(
    char *to, const struct journal_entry *entry, const struct member *member)
{
	const char *const at = (const char *)entry + member->at;
	struct entry_text text;
	uint64_t number;

	if (member->kind == TEXT) {
		memcpy(&text, at, sizeof text);
		return text.size > 0
			   ? put_text(put_name(to, member->name), text)
			   : to;
	}
	memcpy(&number, at, sizeof number);
	return number > 0 || member->kind == EACH_TIME
		   ? put_number(put_name(to, member->name), number)
		   : to;
}

static char *
put_end_of_run(char *to, const struct journal_entry *entry)
{
	const unsigned ms = (unsigned)(entry->run_ms % 1000);
	const char fraction[] = {'.', (char)('0' + ms / 100),
	    (char)('0' + ms / 10 % 10), (char)('0' + ms % 10)};

	to = put_name(to, "exit");
	to = put_number(to, entry->exit < 0 ? 0 : (uint64_t)entry->exit);
	to = put_number(put_name(to, "seconds"), entry->run_ms / 1000);
	return put(to, fraction, sizeof fraction);
}

size_t
entry_write(const struct journal_entry *entry, char line[ENTRY_SIZE])
{
	static const struct member campaign = MEMBER(TEXT, campaign);
	const struct member *member;
	char time[DAY_TIME_SIZE], *to = line;

	day_write_time(entry->at_ms, time);
	to = put(to, "{\"at\":\"", 7);
	to = put(to, time, sizeof time - 1);
	to = put(to, "\"", 1);
	to = put_member(to, entry, &campaign);
	if (entry->kind != ENTRY_RUN)
		to = put_number(put_name(to, "status"), entry->status);
	for (member = members_of[entry->kind]; member->name; member++)
		to = put_member(to, entry, member);
	if (entry->kind == ENTRY_RUN)
		to = put_end_of_run(to, entry);
	to = put(to, "}\n", 2);
	return (size_t)(to - line);
}
