#include "journal/day_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "journal/day.h"
#include "spool/folder.h"

/* The nearest day above LOW and below HIGH: the first one, or the last. */
static int
find(int folder, int64_t low, int64_t high, const char *suffix, bool is_first,
    int64_t *found)
{
	DIR *stream = folder_list(folder);
	int64_t best = -1, day;
	const char *name;

	if (!stream)
		return -1;
	while ((name = folder_next(stream))) {
		day = day_of_name(name, suffix);
		if (day < 0 || day <= low || day >= high)
			continue;
		if (best < 0 || (day < best) == is_first)
			best = day;
	}
	folder_close(stream);
	if (errno)
		return -1;
	*found = best;
	return best >= 0;
}

int
day_file_after(int folder, int64_t day, const char *suffix, int64_t *found)
{
	return find(folder, day, INT64_MAX, suffix, true, found);
}

int
day_file_before(int folder, int64_t day, const char *suffix, int64_t *found)
{
	return find(folder, -1, day, suffix, false, found);
}

int
day_file_open(int folder, int64_t day, const char *suffix)
{
	char name[DAY_NAME_SIZE];
	struct stat status;
	int fd;

	day_name(day, suffix, name);
	fd = openat(
	    folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ELOOP)
		errno = EINVAL;
	if (fd < 0 || fstat(fd, &status) < 0)
		return fd_close(fd);
	return S_ISREG(status.st_mode) ? fd : fd_close_error(fd, EINVAL);
}

/* Opens the file again. 0, or -1 and errno. */
static int
reopen(struct day_file *file, int folder, const char *suffix)
{
	(void)fd_close(file->fd);
	file->fd = day_file_open(folder, file->day, suffix);
	file->at = 0;
	file->start = file->end = 0;
	file->skips = false;
	return file->fd < 0 && errno != ENOENT && errno != EINVAL ? -1 : 0;
}

int
day_file_begin(struct day_file *file, int folder, int64_t day,
    const char *suffix, size_t line_max)
{
	*file = (struct day_file){.day = day, .fd = -1, .line_max = line_max};
	file->block = malloc(DAY_FILE_BLOCK);
	if (!file->block)
		return -1;
	if (reopen(file, folder, suffix) == 0)
		return 0;
	day_file_end(file);
	return -1;
}

void
day_file_end(struct day_file *file)
{
	const int error = errno;

	free(file->block);
	file->block = NULL;
	file->fd = fd_close_error(file->fd, error);
}

/* Reads what follows. How many bytes, 0 at the end of the file; -1 and errno.
 */
static ssize_t
fill(struct day_file *file)
{
	ssize_t got;

	if (file->end - file->start >= file->line_max) {
		file->skips = true;
		file->start = file->end;
	}
	memmove(
	    file->block, file->block + file->start, file->end - file->start);
	file->end -= file->start;
	file->start = 0;
	if (file->fd < 0 || file->at >= DAY_FILE_MAX)
		return 0;
	do
		got = read(file->fd, file->block + file->end,
		    DAY_FILE_BLOCK - file->end);
	while (got < 0 && errno == EINTR);
	if (got > 0) {
		file->end += (size_t)got;
		file->at += (uint64_t)got;
	}
	return got;
}

int
day_file_next(struct day_file *file, struct entry_text *line)
{
	size_t searched = 0;
	const char *end;
	ssize_t got;
	bool is_whole;

	for (;;) {
		line->start = file->block + file->start;
		end = memchr(line->start + searched, '\n',
		    file->end - file->start - searched);
		if (!end) {
			got = fill(file);
			if (got <= 0)
				return (int)got;
			searched = file->end - (size_t)got;
			continue;
		}
		line->size = (size_t)(end - line->start);
		is_whole = !file->skips && line->size < file->line_max;
		file->start += line->size + 1;
		file->skips = false;
		searched = 0;
		if (is_whole)
			return 1;
	}
}

int
day_file_renew(struct day_file *file, int folder, const char *suffix)
{
	struct stat named, open;
	char name[DAY_NAME_SIZE];

	day_name(file->day, suffix, name);
	if (fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -1;
	if (file->fd < 0 && !S_ISREG(named.st_mode))
		return 0;
	if (file->fd >= 0) {
		if (fstat(file->fd, &open) < 0)
			return -1;
		if (open.st_dev == named.st_dev &&
		    open.st_ino == named.st_ino &&
		    (uint64_t)open.st_size >= file->at)
			return 0;
	}
	return reopen(file, folder, suffix) < 0 ? -1 : file->fd >= 0;
}
