#include "spool/backlog.h"

#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "spool/folder.h"
#include "spool/spool.h"

static void
backlog_add(struct backlog_folder *counted, const char *name)
{
	const size_t lines = spool_name_lines(name);

	counted->batches++;
	counted->lines += lines;
	counted->has_more_lines |= lines == 0;
	if (!*counted->oldest || strcmp(name, counted->oldest) < 0)
		memcpy(counted->oldest, name, strlen(name) + 1);
	if (strcmp(name, counted->newest) > 0)
		memcpy(counted->newest, name, strlen(name) + 1);
}

static int
backlog_count(int folder, size_t max, struct backlog_folder *counted)
{
	const char *name;
	DIR *stream = folder_list(folder);

	if (!stream)
		return -1;
	while ((name = folder_next(stream)) && max > 0) {
		max--;
		if (spool_is_batch_name(name))
			backlog_add(counted, name);
	}
	counted->has_more = name != NULL;
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
