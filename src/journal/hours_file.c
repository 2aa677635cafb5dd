/* The reading half of journal/hours_file.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "journal/day.h"
#include "journal/day_file.h"
#include "journal/hours_file.h"
#include "journal/hours_members.h"
#include "journal/summary_inside.h"
#include "spool/folder.h"
#include "users/json.h"

#define LINE_MAX_SIZE 32768
#define DEPTH_MAX 16 /* of a member of a later version */

/* Digits. Returns what follows, or NULL: not a number up to MAX. */
static const char *
read_number(const char *p, const char *end, uint64_t max, uint64_t *number)
{
	const char *const start = p;
	uint64_t value = 0;

	for (; p < end && *p >= '0' && *p <= '9'; p++)
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
	uint64_t numbers[2 * SUMMARY_STATUSES];
	size_t i;

	if (!read_numbers(p, end, numbers, 2 * SUMMARY_STATUSES))
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
	case HOURS_INT:
		if (read_number(p, end, INT_MAX, &number) != end)
			return false;
		*(int *)(void *)at = (int)number;
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

/* Fills a row from a line; members that it does not have stay as they are. */
static bool
read_row(struct entry_text line, const struct hours_member *members, void *row)
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

static bool
is_of(struct entry_text line, const char *start)
{
	return line.size > strlen(start) &&
	       !memcmp(line.start, start, strlen(start));
}

/* 1; 0: the line is damaged; -1 and errno. */
static int
take_cohort(struct entry_text line, struct summary_campaign *campaign)
{
	struct summary_cohort row = {0}, *cohort;

	if (!campaign || !read_row(line, hours_of_cohort, &row))
		return 0;
	cohort = summary_cohort(campaign, row.project, row.id);
	if (!cohort)
		return -1;
	*cohort = row;
	return 1;
}

static int
take_campaign(struct entry_text line, struct summary *summary,
    struct summary_campaign **campaign)
{
	struct summary_campaign row = {0};

	if (!read_row(line, hours_of_campaign, &row))
		return 0;
	*campaign = summary_campaign(summary,
	    (struct entry_text){row.campaign, strlen(row.campaign)}, true);
	if (!*campaign)
		return -1;
	row.cohorts = (*campaign)->cohorts;
	row.cohort_count = (*campaign)->cohort_count;
	memcpy(row.campaign, (*campaign)->campaign, sizeof row.campaign);
	**campaign = row;
	return 1;
}

static int
take_rows(struct day_file *file, uint64_t lines, struct summary *summary)
{
	struct summary_campaign *campaign = NULL;
	struct entry_text line;
	int result = 1;

	for (; lines > 0 && result > 0; lines--) {
		result = day_file_next(file, &line);
		if (result > 0)
			result = is_of(line, "{\"cohort\":")
				     ? take_cohort(line, campaign)
				     : take_campaign(line, summary, &campaign);
	}
	return result;
}

/* Are so many bytes of a day's lines in the hours? */
static bool
covers(const struct hours_head *head, int64_t day, uint64_t bytes)
{
	size_t i;

	if (bytes > DAY_FILE_MAX)
		bytes = DAY_FILE_MAX;
	if (head->days[HOURS_DAYS - 1] > 0 && (uint64_t)day < head->days[0])
		return true;
	for (i = 0; i < HOURS_DAYS && head->days[i] > 0; i++)
		if (head->days[i] == (uint64_t)day)
			return bytes <= head->bytes[i];
	return bytes == 0;
}

/* Are all lines up to a day in its hours? 1, 0, or -1 and errno. */
static int
are_whole(int folder, int64_t last, const struct hours_head *head)
{
	DIR *stream = folder_list(folder);
	bool is_whole = true;
	struct stat status;
	const char *name;
	int64_t day;

	if (!stream)
		return -1;
	while (is_whole && (name = folder_next(stream))) {
		day = day_of_name(name, DAY_LINES);
		if (day >= 0 && day <= last &&
		    fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(status.st_mode))
			is_whole = covers(head, day, (uint64_t)status.st_size);
	}
	folder_close(stream);
	return !is_whole ? 0 : errno ? -1 : 1;
}

static int
read_file(struct day_file *file, int folder, int64_t day,
    struct summary *summary, struct hours_head *head)
{
	struct entry_text line;
	int result;

	result = day_file_next(file, &line);
	if (result <= 0)
		return result;
	if (!read_row(line, hours_of_head, head) ||
	    head->version != HOURS_VERSION)
		return 0;
	result = are_whole(folder, day, head);
	return result > 0 ? take_rows(file, head->lines, summary) : result;
}

int
hours_read(
    int folder, int64_t day, struct summary *summary, struct hours_head *head)
{
	const int64_t now_ms = summary->now_ms;
	struct day_file file;
	int result, error;

	*head = (struct hours_head){0};
	if (day_file_begin(&file, folder, day, DAY_HOURS, LINE_MAX_SIZE) < 0)
		return -1;
	result = read_file(&file, folder, day, summary, head);
	day_file_end(&file);
	if (result > 0) {
		summary->now_ms = (day + 1) * DAY_MS - 1;
		summary->is_empty = false;
		return 1;
	}
	error = errno;
	summary_free(summary);
	summary_begin(summary, now_ms);
	*head = (struct hours_head){0};
	errno = error;
	return result;
}

int
hours_read_before(int folder, int64_t day, struct summary *summary,
    struct hours_head *head, int64_t *found)
{
	int result;

	*found = day;
	do {
		result = day_file_before(folder, *found, DAY_HOURS, found);
		if (result <= 0)
			return result;
		result = hours_read(folder, *found, summary, head);
	} while (result == 0);
	return result;
}
