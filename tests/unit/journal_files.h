/* journal_files.h: the files of a journal for unit tests, in a folder of their
   own. The days of the tests are around DAY, 2026-11-28. */
#ifndef JOURNAL_FILES_H
#define JOURNAL_FILES_H

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "journal/day.h"
#include "journal/entry.h"
#include "spool/folder.h"
#include "unit.h"

#define DAY INT64_C(20785)
#define HOUR_MS INT64_C(3600000)
#define AT(day, hour) (((DAY) + (day)) * DAY_MS + (hour)*HOUR_MS)

static char folder_path[] = "/tmp/mixspool-unit-XXXXXX";
static int folder;

static int
files_make(void **state)
{
	(void)state;
	if (!mkdtemp(folder_path))
		return -1;
	folder = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return folder < 0 ? -1 : 0;
}

/* Removes all files. */
static int
files_clear(void **state)
{
	DIR *stream = folder_list(folder);
	const char *name;

	(void)state;
	while (stream && (name = folder_next(stream)))
		if (unlinkat(folder, name, 0) < 0)
			(void)unlinkat(folder, name, AT_REMOVEDIR);
	if (stream)
		folder_close(stream);
	return stream ? 0 : -1;
}

static int
files_remove(void **state)
{
	if (files_clear(state) < 0)
		return -1;
	close(folder);
	return rmdir(folder_path);
}

static inline bool
files_has(int64_t day, const char *suffix)
{
	char name[DAY_NAME_SIZE];

	day_name(DAY + day, suffix, name);
	return faccessat(folder, name, F_OK, 0) == 0;
}

/* Appends to a file of a day. */
static inline void
files_put(int64_t day, const char *suffix, const void *bytes, size_t size)
{
	char name[DAY_NAME_SIZE];
	int fd;

	day_name(DAY + day, suffix, name);
	fd = openat(folder, name, O_WRONLY | O_CREAT | O_APPEND, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, bytes, size), 0);
	close(fd);
}

static inline void
files_put_text(int64_t day, const char *text)
{
	files_put(day, DAY_LINES, text, strlen(text));
}

static inline void
files_put_entry(int64_t day, const struct journal_entry *entry)
{
	char line[ENTRY_SIZE];

	files_put(day, DAY_LINES, line, entry_write(entry, line));
}

static inline struct entry_text
text_of(const char *text)
{
	return (struct entry_text){text, strlen(text)};
}

/* A request of `default` with a status and so many users. */
static inline struct journal_entry
request_of(int64_t at_ms, unsigned status, uint64_t users)
{
	return (struct journal_entry){.at_ms = at_ms,
	    .campaign = text_of("default"),
	    .status = status,
	    .requests = 1,
	    .users = users,
	    .ms = 7};
}

#endif
