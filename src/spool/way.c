#include "spool/way.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "spool/folder.h"

/*
 * Writes all pieces, however often the kernel takes only a part. No piece is
 * empty, so a file system that takes nothing is broken.
 */
static int
write_all(int fd, struct iovec *pieces, size_t count)
{
	while (count > 0) {
		ssize_t written =
		    writev(fd, pieces, count < IOV_MAX ? (int)count : IOV_MAX);

		if (written < 0 && errno == EINTR)
			continue;
		if (written == 0)
			errno = EIO;
		if (written <= 0)
			return -1;
		while (count > 0 && (size_t)written >= pieces->iov_len) {
			written -= (ssize_t)pieces->iov_len;
			pieces++;
			count--;
		}
		if (count > 0) {
			pieces->iov_base = (char *)pieces->iov_base + written;
			pieces->iov_len -= (size_t)written;
		}
	}
	return 0;
}

/* Never tries fdatasync again: the kernel may have dropped the pages. */
static int
write_durably(int fd, const struct spool_pieces *pieces)
{
	if (write_all(fd, pieces->all, pieces->count) == 0 &&
	    fdatasync(fd) == 0)
		return close(fd);
	return fd_close(fd);
}

/* Whatever the chance, other processes may give the same names. */
#define NAMES_TO_TRY 100

/* Creates a file of a new name in tmp/. A descriptor, or -1 and errno. */
static int
create(const struct campaign *campaign, struct spool_names *names, size_t lines,
    char name[SPOOL_NAME_SIZE])
{
	/* The group may read a batch if it may read the campaign's folder. */
	const mode_t mode = (campaign->folder_stat.st_mode & 0040) | 0600;
	int tries = NAMES_TO_TRY, fd;

	do {
		if (spool_names_next(names, lines, name) < 0)
			return -1;
		fd = openat(campaign->tmp, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	} while (fd < 0 && errno == EEXIST && --tries > 0);
	return fd;
}

void
way_give_up(const struct way *way, const struct campaign *campaign)
{
	const int error = errno;

	unlinkat(campaign->tmp, way->tmp_name, 0);
	errno = error;
}

int
way_begin(struct way *way, const struct campaign *campaign,
    struct spool_names *names, const struct spool_pieces *pieces)
{
	struct stat status;
	int fd = create(campaign, names, pieces->lines, way->tmp_name);

	if (fd < 0)
		return -1;
	memcpy(way->name, way->tmp_name, sizeof way->name);
	if (fstat(fd, &status) < 0) {
		fd_close(fd);
	} else {
		way->device = status.st_dev;
		way->inode = status.st_ino;
		if (write_durably(fd, pieces) == 0)
			return 0;
	}
	way_give_up(way, campaign);
	return -1;
}

void
way_undo(const struct way *way, const struct campaign *campaign)
{
	const int error = errno;
	struct stat status;

	unlinkat(campaign->tmp, way->tmp_name, 0);
	if (fstatat(way->to, way->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    status.st_dev == way->device && status.st_ino == way->inode &&
	    unlinkat(way->to, way->name, 0) == 0)
		(void)fsync(way->to); /* else a power loss undoes it */
	errno = error;
}

int
way_end(
    struct way *way, const struct campaign *campaign, struct spool_names *names)
{
	int tries = NAMES_TO_TRY, result;

	do
		result = folder_rename(
		    campaign->tmp, way->tmp_name, way->to, way->name);
	while (result < 0 && errno == EEXIST && --tries > 0 &&
	       spool_names_next(
		   names, spool_name_lines(way->name), way->name) == 0);
	if (result == 0 && fsync(way->to) == 0)
		return 0;
	way_undo(way, campaign);
	return -1;
}
