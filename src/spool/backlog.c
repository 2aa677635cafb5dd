#include "spool/backlog.h"

#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "spool/batches.h"
#include "spool/folder.h"
#include "spool/spool.h"

/* By the name; 0 when there is no such day. */
static time_t
backlog_time(const char *batch)
{
	struct tm utc = {0};

	if (!strptime(batch, "%Y%m%dT%H%M%S", &utc))
		return 0;
	return timegm(&utc);
}

/* The name of the oldest is kept, since making a time of each one costs more
   than to list it. */
static void
backlog_add(struct backlog_folder *counted, const char *name, batch_name oldest)
{
	const size_t lines = spool_name_lines(name);

	counted->batches++;
	counted->lines += lines;
	counted->has_more_lines |= lines == 0;
	if (!*oldest || strcmp(name, oldest) < 0)
		memcpy(oldest, name, strlen(name) + 1);
}

static int
backlog_count(int folder, size_t max, struct backlog_folder *counted)
{
	batch_name oldest = "";
	const char *name;
	DIR *stream = folder_list(folder);

	if (!stream)
		return -1;
	while ((name = folder_next(stream)) && max > 0) {
		max--;
		if (spool_is_batch_name(name))
			backlog_add(counted, name, oldest);
	}
	counted->has_more = name != NULL;
	if (*oldest)
		counted->oldest = backlog_time(oldest);
	folder_close(stream);
	return name || !errno ? 0 : -1;
}

static int
backlog_look(
    int campaign, const char *state, size_t max, struct backlog_folder *counted)
{
	int folder = folder_open(campaign, state), result;

	if (folder < 0)
		return errno == ENOENT ? 0 : -1;
	result = backlog_count(folder, max, counted);
	fd_close(folder);
	return result;
}

int
backlog_read(
    int spool, const char *campaign, size_t max, struct backlog *backlog)
{
	int folder = folder_open(spool, campaign), result = -1;

	*backlog = (struct backlog){0};
	if (folder < 0)
		return -1;
	if (backlog_look(folder, "new", max, &backlog->new) == 0 &&
	    backlog_look(folder, "failed", max, &backlog->failed) == 0 &&
	    backlog_look(folder, SPOOL_ASIDE, max, &backlog->aside) == 0)
		result = 0;
	fd_close(folder);
	return result;
}
