#include <limits.h>
#include <string.h>

#include "base/ascii.h"
#include "journal/hours_members.h"
#include "users/json.h"

#define DEPTH_MAX 16 /* of a member of a later version */

/* Digits. Returns what follows, or NULL: not a number up to MAX. */
static const char *
read_number(const char *p, const char *end, uint64_t max, uint64_t *number)
{
	const char *const start = p;
	uint64_t value = 0;

	for (; p < end && ascii_is_digit(*p); p++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *p - '0', &value))
			return NULL;
	*number = value;
	return p > start && value <= max ? p : NULL;
}

/* Up to COUNT of them, in brackets; the others are 0. */
static bool
read_numbers(const char *p, const char *end, uint64_t *numbers, size_t count)
{
	size_t i;

	memset(numbers, 0, count * sizeof *numbers);
	if (end - p >= 2 && p[0] == '[' && p[1] == ']')
		return true;
	for (i = 0; i < count && p < end && *p == (i > 0 ? ',' : '['); i++) {
		p = read_number(p + 1, end, UINT64_MAX, &numbers[i]);
		if (!p)
			return false;
	}
	return i > 0 && p + 1 == end && *p == ']';
}

/* Pairs of a status and how many requests had it. */
static bool
read_statuses(const char *p, const char *end, struct summary_status *statuses)
{
	uint64_t numbers[HOURS_STATUS_NUMBERS];
	size_t i;

	if (!read_numbers(p, end, numbers, HOURS_STATUS_NUMBERS))
		return false;
	for (i = 0; i < SUMMARY_STATUSES; i++) {
		if (numbers[2 * i] > UINT_MAX)
			return false;
		statuses[i] = (struct summary_status){
		    (unsigned)numbers[2 * i], numbers[2 * i + 1]};
	}
	return true;
}

static bool
read_value(const struct hours_member *member, void *row, const char *p,
    const char *end)
{
	char *const at = (char *)row + member->at;
	const bool is_text = *p == '"';
	uint64_t number = 0;

	if (is_text != (member->kind == HOURS_TEXT))
		return false;
	switch (member->kind) {
	case HOURS_TEXT:
		entry_text_show(
		    (struct entry_text){p + 1, (size_t)(end - p) - 2}, at,
		    member->count);
		return true;
	case HOURS_NUMBERS:
		return read_numbers(p, end, (void *)at, member->count);
	case HOURS_STATUSES:
		return read_statuses(p, end, (void *)at);
	case HOURS_NUMBER:
	case HOURS_TIME:
		if (read_number(p, end,
			member->kind == HOURS_TIME ? INT64_MAX : UINT64_MAX,
			&number) != end)
			return false;
		memcpy(at, &number, sizeof number);
		return true;
	case HOURS_SMALL:
		if (read_number(p, end, UINT_MAX, &number) != end)
			return false;
		*(unsigned *)(void *)at = (unsigned)number;
		return true;
	}
	return false;
}

static const struct hours_member *
find(const struct hours_member *member, const char *name, size_t size)
{
	for (; member->name; member++)
		if (strlen(member->name) == size &&
		    !memcmp(member->name, name, size))
			return member;
	return NULL;
}

bool
hours_read_row(
    struct entry_text line, const struct hours_member *members, void *row)
{
	const char *p = line.start, *const end = p + line.size;
	const struct hours_member *member;
	struct json_member found;

	if (line.size == 0 || *p != '{')
		return false;
	do {
		p = json_read_member(p + 1, end, DEPTH_MAX, &found);
		if (!p)
			return false;
		member = find(members, found.name + 1,
		    (size_t)(found.name_end - found.name) - 2);
		if (member &&
		    !read_value(member, row, found.value, found.value_end))
			return false;
	} while (p < end && *p == ',');
	return p + 1 == end && *p == '}';
}
