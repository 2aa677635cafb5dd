#include "journal/summary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "journal/day.h"
#include "journal/day_file.h"
#include "journal/hours_file.h"
#include "journal/summary_inside.h"

void
summary_begin(struct summary *summary, int64_t now_ms)
{
	*summary = (struct summary){.now_ms = now_ms, .is_empty = true};
}

void
summary_free(struct summary *summary)
{
	size_t i;

	for (i = 0; i < summary->count; i++)
		free(summary->campaigns[i].cohorts);
	free(summary->campaigns);
	summary_begin(summary, summary->now_ms);
}

const struct summary_campaign *
summary_find(const struct summary *summary, const char *campaign)
{
	size_t i;

	for (i = 0; i < summary->count; i++)
		if (!strcmp(summary->campaigns[i].campaign, campaign))
			return &summary->campaigns[i];
	return NULL;
}

/* Clocks of several hosts differ a little. */
#define FUTURE_MS 60000

/* What is dated later than this, or than now, a clock that was ahead has left.
 */
static int64_t
latest_of(const struct summary *summary, int64_t day)
{
	const int64_t now_ms = summary->now_ms + FUTURE_MS;
	const int64_t end_ms = (day + 1) * DAY_MS - 1;

	return now_ms < end_ms ? now_ms : end_ms;
}

int
summary_add_day(
    struct summary *summary, int folder, int64_t day, uint64_t *bytes)
{
	const int64_t latest_ms = latest_of(summary, day);
	struct journal_entry entry;
	struct entry_text line;
	struct day_file file;
	int result;

	if (day_file_begin(&file, folder, day, DAY_LINES, ENTRY_SIZE) < 0)
		return -1;
	summary->is_empty = summary->is_empty && file.fd < 0;
	while ((result = day_file_next(&file, &line)) > 0)
		if (entry_read(line.start, line.size, &entry) &&
		    summary_add(summary, &entry, latest_ms) < 0) {
			result = -1;
			break;
		}
	if (bytes)
		*bytes = file.at;
	day_file_end(&file);
	return result;
}

void
summary_move_on(struct summary *summary, int64_t now_ms)
{
	const int64_t hours =
	    now_ms / SUMMARY_HOUR_MS - summary->now_ms / SUMMARY_HOUR_MS;
	struct summary_hour *all;
	size_t gone, i;

	summary->now_ms = now_ms;
	if (hours <= 0)
		return;
	gone = hours < SUMMARY_HOURS ? (size_t)hours : SUMMARY_HOURS;
	for (i = 0; i < summary->count; i++) {
		all = summary->campaigns[i].hours;
		memmove(all, all + gone, (SUMMARY_HOURS - gone) * sizeof *all);
		memset(all + SUMMARY_HOURS - gone, 0, gone * sizeof *all);
	}
}

static int
compare_cohorts(const void *a, const void *b)
{
	const struct summary_cohort *one = a, *other = b;

	return (one->last_ms < other->last_ms) -
	       (one->last_ms > other->last_ms);
}

void
summary_end(struct summary *summary)
{
	const int64_t hours = summary->now_ms / SUMMARY_HOUR_MS % 24 + 1;
	struct summary_campaign *campaign;
	const struct summary_hour *hour;
	size_t i;

	for (i = 0; i < summary->count; i++) {
		campaign = &summary->campaigns[i];
		campaign->today = (struct summary_hour){0};
		for (hour = campaign->hours + SUMMARY_HOURS - hours;
		     hour < campaign->hours + SUMMARY_HOURS; hour++) {
			campaign->today.requests += hour->requests;
			campaign->today.users += hour->users;
			campaign->today.refused += hour->refused;
		}
		if (campaign->cohort_count > 1)
			qsort(campaign->cohorts, campaign->cohort_count,
			    sizeof *campaign->cohorts, compare_cohorts);
	}
}

#define DAYS_MAX 366

/* The day in front of the newest ones that are read, when all after FROM are
   too many. */
static int64_t
bound_days(int folder, int64_t from, int64_t today)
{
	char name[DAY_NAME_SIZE];
	struct stat status;
	uint64_t bytes = 0;
	int64_t day = today;

	for (; day > from && day > today - DAYS_MAX; day--) {
		day_name(day, DAY_LINES, name);
		if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(status.st_mode))
			bytes += (uint64_t)status.st_size;
		if (bytes > SUMMARY_RECENT && day < today - 1)
			break;
	}
	return day;
}

/* Leaves out the days that are too many. 0, or -1 and errno. */
static int
leave_out(int folder, struct summary *summary, int64_t *from)
{
	const int64_t first =
	    bound_days(folder, *from, day_of(summary->now_ms));
	int64_t left_out;
	int result;

	if (first <= *from)
		return 0;
	result = day_file_after(folder, *from, DAY_LINES, &left_out);
	if (result > 0 && left_out <= first)
		summary->since_ms = (first + 1) * DAY_MS;
	*from = first;
	return result < 0 ? -1 : 0;
}

/* Also of days after today, which a clock that was ahead has left: their lines
   are in the sums, which would be less otherwise than they were. */
static int
read_all(int folder, struct summary *summary, bool is_recent)
{
	const int64_t now_ms = summary->now_ms;
	struct hours_head head;
	int64_t day;
	int result;

	result =
	    hours_read_before(folder, day_of(now_ms), summary, &head, &day);
	if (result < 0 || (is_recent && leave_out(folder, summary, &day) < 0))
		return -1;
	summary_move_on(summary, now_ms);
	while ((result = day_file_after(folder, day, DAY_LINES, &day)) > 0)
		if (summary_add_day(summary, folder, day, NULL) < 0)
			return -1;
	return result;
}

static int
read_summary(
    int folder, int64_t now_ms, struct summary *summary, bool is_recent)
{
	int error;

	summary_begin(summary, now_ms < 0 ? 0 : now_ms);
	if (folder >= 0 && read_all(folder, summary, is_recent) < 0) {
		error = errno;
		summary_free(summary);
		errno = error;
		return -1;
	}
	summary_end(summary);
	return 0;
}

int
summary_read(int folder, int64_t now_ms, struct summary *summary)
{
	return read_summary(folder, now_ms, summary, false);
}

int
summary_read_recent(int folder, int64_t now_ms, struct summary *summary)
{
	return read_summary(folder, now_ms, summary, true);
}
