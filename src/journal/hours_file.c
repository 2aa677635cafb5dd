/* The reading half of journal/hours_file.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "journal/day.h"
#include "journal/day_file.h"
#include "journal/hours_file.h"
#include "journal/hours_members.h"
#include "journal/summary_inside.h"
#include "spool/folder.h"

#define LINE_MAX_SIZE 32768

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

	if (!campaign || !hours_read_row(line, hours_of_cohort, &row))
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

	if (!hours_read_row(line, hours_of_campaign, &row))
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
	if (!hours_read_row(line, hours_of_head, head) ||
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
