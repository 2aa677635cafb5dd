#include "tool/log_show.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/say.h"
#include "journal/condition.h"
#include "journal/day.h"
#include "journal/journal.h"
#include "spool/folder.h"
#include "tool/follow.h"
#include "tool/log_line.h"
#include "tool/tool.h"

static bool
is_wanted(const struct log_show *log, const struct journal_entry *entry)
{
	const struct entry_text name = entry->campaign;

	if (log->refused && (entry->kind == ENTRY_RUN || entry->status == 200))
		return false;
	return !log->campaign ||
	       (name.size == strlen(log->campaign) &&
		   !memcmp(name.start, log->campaign, name.size));
}

static int
hold(struct log_show *log, const char *line)
{
	char **at = &log->held[log->count % LOG_SHOW_HELD];

	free(*at);
	*at = strdup(line);
	return *at ? EX_OK : say_fail(EX_OSERR, "no memory");
}

/* Shows the lines that were held back, and from now on each at once. */
static void
release(struct log_show *log)
{
	size_t i;
	char **at;

	log->holds = false;
	for (i = 0; i < LOG_SHOW_HELD; i++) {
		at = &log->held[(log->count + i) % LOG_SHOW_HELD];
		if (*at)
			puts(*at);
		free(*at);
		*at = NULL;
	}
}

static int
show(struct log_show *log, const struct journal_entry *entry)
{
	char line[LOG_LINE_SIZE];
	struct entry_text json;
	int status = EX_OK;

	if (log->json) {
		json = reader_line(log->reader);
		snprintf(line, sizeof line, "%.*s", (int)json.size, json.start);
	} else {
		log_line_write(entry, line);
	}
	if (log->holds)
		status = hold(log, line);
	else
		puts(line);
	log->count++;
	return status;
}

/*
 * Opens the journal when it is there, and anew when another folder has its
 * name. 0, or -1 and errno.
 */
static int
reopen(struct log_show *log)
{
	struct stat named, open;

	if (fstatat(log->spool, JOURNAL_FOLDER, &named, AT_SYMLINK_NOFOLLOW) <
	    0)
		return errno == ENOENT ? 0 : -1;
	if (log->folder >= 0) {
		if (fstat(log->folder, &open) < 0)
			return -1;
		if (open.st_dev == named.st_dev && open.st_ino == named.st_ino)
			return 0;
	}
	reader_close(log->reader);
	log->reader = NULL;
	(void)fd_close(log->folder);
	log->folder = folder_open(log->spool, JOURNAL_FOLDER);
	if (log->folder < 0)
		return -1;
	log->reader = reader_open(log->folder, log->from_ms);
	return log->reader ? 0 : -1;
}

/* Shows all that is there by now. */
static int
show_all(struct log_show *log)
{
	struct journal_entry entry;
	int result = 0, status = EX_OK;

	while (status == EX_OK && log->reader &&
	       (result = reader_next(log->reader, &entry)) > 0)
		if (is_wanted(log, &entry))
			status = show(log, &entry);
	if (result < 0)
		status = say_fail(tool_status_of(errno),
		    "cannot read the journal: %s", strerror(errno));
	if (status == EX_OK && log->holds)
		release(log);
	return status;
}

/* A spool without a request must not look like one without a journal. */
static void
explain_nothing(const struct log_show *log)
{
	const struct condition condition =
	    condition_read(log->spool, day_now_ms());
	char time[LOG_LINE_TIME_SIZE], text[CONDITION_SIZE];

	log_line_time(log->from_ms, time);
	if (condition.kind != CONDITION_KEPT)
		say("%s", condition_say(&condition, text));
	else if (log->folder < 0)
		say("there is no journal yet: no request has come, or "
		    "MIXSPOOL_JOURNAL_DAYS is 0");
	else if (log->refused)
		say("nothing was refused since %s; --since shows more", time);
	else
		say("nothing came since %s; --since shows more", time);
}

static int
follow(struct log_show *log)
{
	struct follow follow;
	int status = EX_OK;

	follow_open(&follow);
	do {
		follow_watch(&follow, log->spool);
		if (reopen(log) < 0)
			status = say_fail(tool_status_of(errno),
			    "cannot open the journal: %s", strerror(errno));
		follow_watch(&follow, log->folder);
		if (status == EX_OK)
			status = show_all(log);
		if (status == EX_OK)
			status = tool_end_output(EX_OK);
	} while (status == EX_OK && follow_wait(&follow));
	follow_close(&follow);
	return status;
}

int
log_show(struct log_show *log)
{
	int status;

	if (reopen(log) < 0)
		return say_fail(tool_status_of(errno),
		    "cannot open the journal: %s", strerror(errno));
	status = show_all(log);
	if (status == EX_OK && log->count == 0)
		explain_nothing(log);
	return status == EX_OK && log->follows ? follow(log) : status;
}

void
log_show_free(struct log_show *log)
{
	size_t i;

	for (i = 0; i < LOG_SHOW_HELD; i++)
		free(log->held[i]);
	reader_close(log->reader);
	(void)fd_close(log->folder);
}
