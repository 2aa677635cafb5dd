#include "drain/runs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "base/fd.h"
#include "journal/condition.h"
#include "journal/day.h"
#include "journal/journal.h"
#include "spool/folder.h"

/* What timeout(1) and a shell report. */
#define EXIT_TIMED_OUT 124
#define EXIT_NOT_RUN 127

/* The spool that a campaign is in; -1: none. It need not be readable. */
static int
open_above(int campaign)
{
	const int above =
	    openat(campaign, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat status;

	if (above >= 0 &&
	    fstatat(above, CAMPAIGN_DEFAULT, &status, AT_SYMLINK_NOFOLLOW) ==
		0 &&
	    S_ISDIR(status.st_mode))
		return above;
	return fd_close(above);
}

void
runs_open(struct runs *runs, const struct targets *targets, const char *command)
{
	const char *days = getenv("MIXSPOOL_JOURNAL_DAYS");
	const char *slash = strrchr(command, '/');

	*runs =
	    (struct runs){.spool = -1, .command = slash ? slash + 1 : command};
	if (days && !strcmp(days, "0"))
		return;
	runs->spool = targets->is_spool ? folder_open(targets->folder, ".")
					: open_above(targets->folder);
	if (runs->spool >= 0 &&
	    condition_read(runs->spool, day_now_ms()).kind != CONDITION_OFF)
		runs->journal = journal_open(runs->spool, JOURNAL_ALL_DAYS);
}

void
runs_close(struct runs *runs)
{
	if (runs->journal)
		journal_close(runs->journal);
	fd_close(runs->spool);
}

static int
exit_of(struct feed_result result)
{
	switch (result.outcome) {
	case FEED_TAKEN:
		break;
	case FEED_EXITED:
		return result.number;
	case FEED_KILLED:
	case FEED_STOPPED:
		return 128 + result.number;
	case FEED_TIMED_OUT:
		return EXIT_TIMED_OUT;
	case FEED_NOT_RUN:
		return EXIT_NOT_RUN;
	case FEED_UNREAD:
	case FEED_FAILED:
		return EX_IOERR;
	}
	return 0;
}

void
runs_note(struct runs *runs, const char *campaign, size_t users,
    struct feed_result result, int64_t ms)
{
	const struct journal_entry entry = {.kind = ENTRY_RUN,
	    .at_ms = day_now_ms(),
	    .campaign = {campaign, strlen(campaign)},
	    .users = users,
	    .command = {runs->command, strlen(runs->command)},
	    .exit = exit_of(result),
	    .run_ms = (uint64_t)ms};

	if (!runs->journal)
		return;
	journal_note(runs->journal, &entry);
	journal_flush(runs->journal);
}
