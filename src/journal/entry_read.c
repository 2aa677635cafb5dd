/* The reading half of journal/entry.h. */
#include <limits.h>
#include <string.h>

#include "base/ascii.h"
#include "journal/day.h"
#include "journal/entry.h"
#include "users/json.h"

#define DEPTH_MAX 16 /* of a member of a later version */

struct member;

/* A line on its way. */
struct line {
	struct journal_entry *entry;
	const struct member *next; /* that entry_write writes after the last */
	uint64_t status, exit;
	bool has_at, has_status, has_exit, has_requests;
};

/* Digits alone. False: it is not such a number, or above MAX. */
static bool
read_number(struct entry_text text, uint64_t max, uint64_t *number)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < text.size; i++) {
		const unsigned digit = (unsigned)(text.start[i] - '0');

		if (!ascii_is_digit(text.start[i]) ||
		    value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	return text.size > 0;
}

/* Seconds with a fraction, as ms; what is below one is cut off. */
static bool
read_seconds(struct entry_text text, uint64_t *ms)
{
	const char *point = memchr(text.start, '.', text.size);
	struct entry_text whole = text;
	uint64_t seconds, unit = 100;
	size_t i;

	if (point)
		whole.size = (size_t)(point - text.start);
	if (!read_number(whole, UINT64_MAX / 2000, &seconds))
		return false;
	*ms = seconds * 1000;
	for (i = whole.size + 1; i < text.size; i++, unit /= 10) {
		if (!ascii_is_digit(text.start[i]))
			return false;
		*ms += (uint64_t)(text.start[i] - '0') * unit;
	}
	return true;
}

static bool
take_at(struct line *line, struct entry_text value)
{
	line->has_at =
	    day_read_time(value.start, value.size, &line->entry->at_ms) == 0;
	return line->has_at;
}

static bool
take_status(struct line *line, struct entry_text value)
{
	line->has_status = read_number(value, UINT_MAX, &line->status);
	return line->has_status;
}

static bool
take_exit(struct line *line, struct entry_text value)
{
	line->has_exit = read_number(value, INT_MAX, &line->exit);
	return line->has_exit;
}

static bool
take_requests(struct line *line, struct entry_text value)
{
	line->has_requests =
	    read_number(value, UINT64_MAX, &line->entry->requests);
	return line->has_requests;
}

static bool
take_seconds(struct line *line, struct entry_text value)
{
	return read_seconds(value, &line->entry->run_ms);
}

#define NAMED(name) #name, sizeof #name - 1
#define IN_ENTRY(name) offsetof(struct journal_entry, name)
#define TEXT(name)                                                             \
	{                                                                      \
		NAMED(name), true, IN_ENTRY(name), NULL                        \
	}
#define NUMBER(name)                                                           \
	{                                                                      \
		NAMED(name), false, IN_ENTRY(name), NULL                       \
	}
#define OTHER(name, is_text)                                                   \
	{                                                                      \
		NAMED(name), is_text, 0, take_##name                           \
	}

/* In the order of entry_write. */
static const struct member {
	const char *name;
	size_t size;
	bool is_text;
	size_t at; /* in journal_entry, or … */
	bool (*take)(struct line *line, struct entry_text value);
} members[] = {OTHER(at, true), TEXT(campaign), OTHER(status, false),
    TEXT(format), TEXT(command), OTHER(requests, false), NUMBER(users),
    NUMBER(aside), NUMBER(bytes), NUMBER(ms), TEXT(why), TEXT(batch),
    TEXT(action), TEXT(project), TEXT(cohort), TEXT(name), TEXT(session),
    NUMBER(page), NUMBER(pages), NUMBER(probe), OTHER(exit, false),
    OTHER(seconds, false)};

#define MEMBERS (sizeof members / sizeof *members)
#define NAME_MAX_SIZE 16 /* no name is longer */

/* NULL: it is not known. */
static const struct member *
find(struct line *line, const char *name, size_t size)
{
	const struct member *member = line->next;
	size_t i;

	for (i = 0; i < MEMBERS; i++, member++) {
		if (member == members + MEMBERS)
			member = members;
		if (member->size == size && !memcmp(member->name, name, size)) {
			line->next = member + 1;
			return member;
		}
	}
	return NULL;
}

/* VALUE is a text without its quotes, or a number. */
static bool
take(struct line *line, const struct member *member, struct entry_text value)
{
	char *const at = (char *)line->entry + member->at;
	uint64_t number;

	if (member->take)
		return member->take(line, value);
	if (member->is_text) {
		memcpy(at, &value, sizeof value);
		return true;
	}
	if (!read_number(value, UINT64_MAX, &number))
		return false;
	memcpy(at, &number, sizeof number);
	return true;
}

/* A member of any JSON. Returns what follows its value, or NULL. */
static const char *
read_any(struct line *line, const char *p, const char *end)
{
	struct json_member found;
	const struct member *member;
	struct entry_text value;

	p = json_read_member(p, end, DEPTH_MAX, &found);
	if (!p)
		return NULL;
	member = find(
	    line, found.name + 1, (size_t)(found.name_end - found.name) - 2);
	if (!member)
		return p;
	value = (struct entry_text){
	    found.value, (size_t)(found.value_end - found.value)};
	if ((*value.start == '"') != member->is_text)
		return NULL;
	if (member->is_text)
		value = (struct entry_text){value.start + 1, value.size - 2};
	return take(line, member, value) ? p : NULL;
}

/* What follows the value at P if it is a text, or digits; else NULL. */
static const char *
skip_value(const char *p, const char *end, bool is_text)
{
	bool is_odd = false;

	if (is_text)
		return p < end && *p == '"'
			   ? json_read_string(p + 1, end, &is_odd)
			   : NULL;
	if (end - p > 1 && p[0] == '0' && ascii_is_digit(p[1]))
		return NULL;
	while (p < end && ascii_is_digit(*p))
		p++;
	return p < end && (*p == ',' || *p == '}') ? p : NULL;
}

/*
 * The same for a member as entry_write writes it, which takes less than half of
 * the time; read_any decides about all others.
 */
static const char *
read_member(struct line *line, const char *p, const char *end)
{
	const size_t left = (size_t)(end - p);
	const char *name_end = NULL, *value, *after;
	const struct member *member;
	struct entry_text text;

	if (left > 2 && *p == '"')
		name_end = memchr(p + 1, '"',
		    left - 1 < NAME_MAX_SIZE ? left - 1 : NAME_MAX_SIZE);
	if (!name_end || end - name_end < 3 || name_end[1] != ':')
		return read_any(line, p, end);
	member = find(line, p + 1, (size_t)(name_end - p) - 1);
	value = name_end + 2;
	after = member ? skip_value(value, end, member->is_text) : NULL;
	if (!after)
		return read_any(line, p, end);
	text = (struct entry_text){value, (size_t)(after - value)};
	if (member->is_text)
		text = (struct entry_text){text.start + 1, text.size - 2};
	return take(line, member, text) ? after : NULL;
}

/* entry_write writes none. */
static const char *
skip_space(const char *p, const char *end)
{
	return p < end && ascii_is_json_space(*p) ? json_skip_space(p, end) : p;
}

/* Is all there that a line of its kind has? Sets the kind. */
static bool
conclude(struct line *line)
{
	struct journal_entry *entry = line->entry;

	entry->status = (unsigned)line->status;
	entry->exit = (int)line->exit;
	entry->kind = line->has_exit       ? ENTRY_RUN
		      : line->has_requests ? ENTRY_MINUTE
					   : ENTRY_REQUEST;
	if (entry->kind == ENTRY_REQUEST)
		entry->requests = 1;
	return line->has_at && line->has_exit != line->has_status;
}

bool
entry_read(const char *text, size_t size, struct journal_entry *entry)
{
	const char *p = text, *const end = text + size;
	struct line line = {.entry = entry, .next = members};

	*entry = (struct journal_entry){.kind = ENTRY_REQUEST};
	if (size == 0 || *p != '{')
		return false;
	do {
		p = read_member(&line, skip_space(p + 1, end), end);
		p = p ? skip_space(p, end) : NULL;
	} while (p && p < end && *p == ',');
	return p && p + 1 == end && *p == '}' && conclude(&line);
}
