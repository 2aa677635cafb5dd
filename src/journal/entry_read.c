/* The reading half of journal/entry.h. */
#include <limits.h>
#include <string.h>

#include "base/ascii.h"
#include "journal/day.h"
#include "journal/entry.h"
#include "users/json.h"

#define DEPTH_MAX 16 /* of a member of a later version */

/* A line on its way. */
struct line {
	struct journal_entry *entry;
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

/* The most frequent ones first. */
static const struct member {
	const char *name;
	size_t size;
	bool is_text;
	size_t at; /* in journal_entry, or … */
	bool (*take)(struct line *line, struct entry_text value);
} members[] = {OTHER(at, true), TEXT(campaign), OTHER(status, false),
    TEXT(format), NUMBER(users), NUMBER(aside), NUMBER(bytes), NUMBER(ms),
    TEXT(batch), TEXT(why), TEXT(action), TEXT(project), TEXT(cohort),
    TEXT(name), TEXT(session), NUMBER(page), NUMBER(pages),
    OTHER(requests, false), TEXT(command), OTHER(exit, false),
    OTHER(seconds, false)};

static const struct member *
find(const char *name, size_t size)
{
	const struct member *member = members;
	const struct member *const end =
	    members + sizeof members / sizeof *members;

	for (; member < end; member++)
		if (member->size == size && !memcmp(member->name, name, size))
			return member;
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

/* P is at a member's name. Returns what follows its value, or NULL. */
static const char *
read_member(struct line *line, const char *p, const char *end)
{
	struct json_member found;
	const struct member *member;
	struct entry_text value;

	p = json_read_member(p, end, DEPTH_MAX, &found);
	if (!p)
		return NULL;
	member =
	    find(found.name + 1, (size_t)(found.name_end - found.name) - 2);
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
	struct line line = {.entry = entry};

	*entry = (struct journal_entry){.kind = ENTRY_REQUEST};
	if (size == 0 || *p != '{')
		return false;
	do {
		p = json_skip_space(p + 1, end);
		p = read_member(&line, p, end);
		p = p ? json_skip_space(p, end) : NULL;
	} while (p && p < end && *p == ',');
	return p && p + 1 == end && *p == '}' && conclude(&line);
}
