#include "journal/removal.h"

#include <unistd.h>

#include "journal/day.h"
#include "spool/folder.h"

static int64_t
newest_hours(int folder)
{
	DIR *stream = folder_list(folder);
	int64_t day, newest = -1;
	const char *name;

	if (!stream)
		return -1;
	while ((name = folder_next(stream))) {
		day = day_of_name(name, DAY_HOURS);
		if (day > newest)
			newest = day;
	}
	folder_close(stream);
	return newest;
}

void
removal_of_days(int folder, int64_t first)
{
	const int64_t newest = newest_hours(folder);
	DIR *stream = folder_list(folder);
	int64_t lines, hours;
	const char *name;

	if (!stream)
		return;
	while ((name = folder_next(stream))) {
		lines = day_of_name(name, DAY_LINES);
		hours = day_of_name(name, DAY_HOURS);
		if ((lines >= 0 && lines < first) ||
		    (hours >= 0 && hours < first && hours != newest))
			unlinkat(folder, name, 0);
	}
	folder_close(stream);
}
