#include "journal/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "journal/day.h"
#include "journal/journal.h"
#include "spool/folder.h"
#include "spool/owner.h"

void
writer_init(struct writer *writer, int spool)
{
	*writer = (struct writer){.spool = spool, .fd = -1};
}

void
writer_close(struct writer *writer)
{
	fd_close(writer->fd);
	writer->fd = -1;
	writer->size = 0;
}

int
writer_folder(int spool)
{
	return folder_open(spool, JOURNAL_FOLDER);
}

int
writer_make_folder(int spool)
{
	struct stat status;
	bool made = false;
	int fd = writer_folder(spool);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (fstat(spool, &status) < 0)
		return -1;
	fd = folder_make(spool, JOURNAL_FOLDER, &status, &made);
	if (fd >= 0 && made)
		owner_give(fd, &status);
	return fd;
}

/*
 * Anybody who may write to the folder could have put anything there: a link to
 * another file, or a FIFO that nobody reads.
 */
static int
open_file(int folder, const char *name, struct stat *status)
{
	const int flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK |
			  O_NOCTTY | O_CLOEXEC;
	struct stat folder_status;
	int fd;

	if (fstat(folder, &folder_status) < 0)
		return -1;
	fd = openat(folder, name, flags);
	if (fd < 0 && errno == ENOENT)
		fd = openat(folder, name, flags | O_CREAT,
		    (folder_status.st_mode & 0060) | 0600);
	if (fd < 0 || fstat(fd, status) < 0)
		return fd_close(fd);
	if (!S_ISREG(status->st_mode) || status->st_nlink != 1)
		return fd_close_error(fd, EINVAL);
	if (status->st_size == 0)
		owner_give(fd, &folder_status);
	return fd;
}

int
writer_open(struct writer *writer, int64_t day)
{
	char name[DAY_NAME_SIZE];
	struct stat status = {0};
	int folder;

	if (writer->fd >= 0 && writer->day == day)
		return 0;
	writer_close(writer);
	folder = writer_make_folder(writer->spool);
	if (folder < 0)
		return -1;
	day_name(day, DAY_LINES, name);
	writer->fd = open_file(folder, name, &status);
	fd_close(folder);
	if (writer->fd < 0)
		return -1;
	writer->day = day;
	writer->size = (uint64_t)status.st_size;
	return 0;
}

void
writer_check(struct writer *writer)
{
	struct stat status;

	if (writer->fd < 0)
		return;
	if (fstat(writer->fd, &status) < 0 || status.st_nlink == 0)
		writer_close(writer);
	else
		writer->size = (uint64_t)status.st_size;
}

ssize_t
writer_append(struct writer *writer, const char *bytes, size_t size)
{
	const ssize_t written = write(writer->fd, bytes, size);
	const uint64_t of_page = writer->size % WRITER_PAGE;

	if (written <= 0)
		return written;
	writer->has_begun_page |=
	    of_page == 0 || of_page + (uint64_t)written > WRITER_PAGE;
	writer->size += (uint64_t)written;
	return written;
}
