#include "journal/hours.h"

#include <errno.h>

#include "journal/day.h"
#include "journal/day_file.h"
#include "journal/hours_file.h"
#include "journal/summary_inside.h"

/* So long after midnight a process may still write lines of the day before. */
#define DELAY_MS INT64_C(60000)

/* Adds the lines of all days after FROM, up to DAY. */
static int
add_days(struct summary *summary, int folder, int64_t from, int64_t day,
    struct hours_head *head)
{
	uint64_t bytes;
	int found;

	while ((found = day_file_after(folder, from, DAY_LINES, &from)) > 0 &&
	       from <= day) {
		if (summary_add_day(summary, folder, from, &bytes) < 0)
			return -1;
		hours_cover(head, from, bytes);
	}
	return found < 0 ? -1 : 0;
}

/* The same for a day with an earlier one's hours, if there are any. */
static int
make_day(
    struct summary *summary, int folder, int64_t day, struct hours_head *head)
{
	const int64_t end_ms = (day + 1) * DAY_MS - 1;
	int64_t from;

	if (hours_read_before(folder, day, summary, head, &from) < 0)
		return -1;
	summary_move_on(summary, end_ms);
	if (add_days(summary, folder, from, day, head) < 0)
		return -1;
	summary_end(summary);
	return summary->is_empty ? 0 : hours_write(folder, day, summary, head);
}

int
hours_make(int folder, int64_t now_ms)
{
	const int64_t day = day_of(now_ms - DELAY_MS) - 1;
	struct summary summary;
	struct hours_head head;
	int result, error;

	if (day < 0)
		return 0;
	summary_begin(&summary, now_ms);
	result = hours_read(folder, day, &summary, &head);
	if (result == 0)
		result = make_day(&summary, folder, day, &head);
	error = errno;
	summary_free(&summary);
	errno = error;
	return result < 0 ? -1 : 0;
}
