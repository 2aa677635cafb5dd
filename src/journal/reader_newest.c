/* The newest entries of journal/reader.h, from the ends of the files. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "journal/day.h"
#include "journal/day_file.h"
#include "journal/reader.h"

/* A file that is read from its end, and who gets its entries. */
struct backwards {
	int fd;
	uint64_t at; /* where in the file what is in the block begins */
	char *block; /* from START to END: what is not yet looked at */
	size_t start, end;
	bool skips; /* the line whose beginning comes next */
	size_t left;
	bool (*matches)(void *to, const struct journal_entry *entry);
	void (*gets)(void *to, const struct journal_entry *entry);
	void *to;
};

/* 0, or -1 and errno. A file that became shorter ends here. */
static int
read_at(struct backwards *file, char *to, size_t size)
{
	ssize_t got;

	if (lseek(file->fd, (off_t)file->at, SEEK_SET) < 0)
		return -1;
	for (; size > 0; size -= (size_t)got, to += got) {
		do
			got = read(file->fd, to, size);
		while (got < 0 && errno == EINTR);
		if (got < 0)
			return -1;
		if (got == 0) {
			file->at = 0;
			file->start = file->end;
			file->skips = true;
			return 0;
		}
	}
	return 0;
}

/* Reads what is before the block. */
static int
fill(struct backwards *file)
{
	size_t kept = file->end - file->start, more;

	if (kept >= ENTRY_SIZE) {
		file->skips = true;
		kept = 0;
	}
	memmove(file->block + DAY_FILE_BLOCK - kept, file->block + file->start,
	    kept);
	file->end = DAY_FILE_BLOCK;
	more = DAY_FILE_BLOCK - kept;
	if (more > file->at)
		more = (size_t)file->at;
	file->at -= more;
	file->start = DAY_FILE_BLOCK - kept - more;
	return read_at(file, file->block + file->start, more);
}

static void
offer(struct backwards *file, const char *line, size_t size)
{
	struct journal_entry entry;

	if (file->skips || size >= ENTRY_SIZE ||
	    !entry_read(line, size, &entry) ||
	    (file->matches && !file->matches(file->to, &entry)))
		return;
	file->gets(file->to, &entry);
	file->left--;
}

/* What is behind the last end of a line is not a whole one. */
static int
read_lines(struct backwards *file)
{
	const char *line, *before;

	file->skips = true;
	file->start = file->end = DAY_FILE_BLOCK;
	while (file->left > 0) {
		line = file->block + file->start;
		before = memrchr(line, '\n', file->end - file->start);
		if (!before && file->at > 0) {
			if (fill(file) < 0)
				return -1;
			continue;
		}
		if (before)
			line = before + 1;
		offer(file, line, (size_t)(file->block + file->end - line));
		file->skips = false;
		if (!before)
			break;
		file->end = (size_t)(before - file->block);
	}
	return 0;
}

/* A file that is missing, or not a regular one, is empty. */
static int
read_day(struct backwards *file, int folder, int64_t day)
{
	off_t size;
	int result = -1;

	file->fd = day_file_open(folder, day, DAY_LINES);
	if (file->fd < 0)
		return errno == ENOENT || errno == EINVAL ? 0 : -1;
	size = lseek(file->fd, 0, SEEK_END);
	if (size >= 0) {
		file->at = (uint64_t)size < DAY_FILE_MAX ? (uint64_t)size
							 : DAY_FILE_MAX;
		result = read_lines(file);
	}
	(void)fd_close(file->fd);
	return result;
}

int
reader_newest(int folder, int64_t now_ms, unsigned days, size_t count,
    bool (*matches)(void *to, const struct journal_entry *entry),
    void (*gets)(void *to, const struct journal_entry *entry), void *to)
{
	struct backwards file = {
	    .left = count, .matches = matches, .gets = gets, .to = to};
	/* Clocks of several hosts differ a little. */
	int64_t day = day_of(now_ms) + 2;
	int result = 0;

	if (folder < 0)
		return 0;
	file.block = malloc(DAY_FILE_BLOCK);
	if (!file.block)
		return -1;
	for (; days > 0 && file.left > 0 && result == 0; days--) {
		result = day_file_before(folder, day, DAY_LINES, &day);
		if (result > 0)
			result = read_day(&file, folder, day);
		else if (result == 0)
			break;
	}
	free(file.block);
	return result;
}
