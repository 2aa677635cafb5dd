#include "spool/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/fd.h"
#include "spool/folder.h"

#define BATCH_SUFFIX ".jsonl"

int
spool_names_init(struct spool_names *names)
{
	atomic_init(&names->count, 0);
	/* At this size neither short nor interrupted: getrandom(2). */
	if (getrandom(&names->process, sizeof names->process, 0) < 0)
		return -1;
	return 0;
}

static int
next_name(struct spool_names *names, char name[SPOOL_NAME_SIZE])
{
	struct timespec now;
	struct tm utc;
	char second[32];

	if (clock_gettime(CLOCK_REALTIME, &now) < 0 ||
	    !gmtime_r(&now.tv_sec, &utc))
		return -1;
	strftime(second, sizeof second, "%Y%m%dT%H%M%S", &utc);
	snprintf(name, SPOOL_NAME_SIZE,
	    "%s.%06ldZ-%08" PRIx32 "-%06" PRIuFAST64 "%s", second,
	    now.tv_nsec / 1000, names->process,
	    atomic_fetch_add(&names->count, 1) + 1, BATCH_SUFFIX);
	return 0;
}

static bool
is_hex_digit(char c)
{
	return ascii_is_digit(c) || (c >= 'a' && c <= 'f');
}

bool
spool_is_batch_name(const char *name)
{
	/* 0: a digit, a: a lower-case hex digit, all else: itself. */
	const char *shape = "00000000T000000.000000Z-aaaaaaaa-000000";

	if (strnlen(name, SPOOL_NAME_SIZE) == SPOOL_NAME_SIZE)
		return false;
	for (; *shape; shape++, name++) {
		if (*shape == '0'   ? !ascii_is_digit(*name)
		    : *shape == 'a' ? !is_hex_digit(*name)
				    : *name != *shape)
			return false;
	}
	while (ascii_is_digit(*name))
		name++;
	return !strcmp(name, BATCH_SUFFIX);
}

int
spool_open(const char *path)
{
	struct stat status;
	int fd;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 &&
	    (mkdirat(fd, CAMPAIGN_DEFAULT, status.st_mode & 0777) == 0 ||
		errno == EEXIST))
		return fd;
	return fd_close(fd);
}

/*
 * Writes all pieces, however often the kernel takes only a part. No piece is
 * empty, so a file system that takes nothing is broken.
 */
static int
write_all(int fd, struct iovec *pieces, int count)
{
	while (count > 0) {
		ssize_t written = writev(fd, pieces, count);

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
write_durably(int fd, struct iovec *pieces, int count)
{
	if (write_all(fd, pieces, count) == 0 && fdatasync(fd) == 0)
		return close(fd);
	return fd_close(fd);
}

static int
undo(int folder, const char *name)
{
	int error = errno;

	unlinkat(folder, name, 0);
	errno = error;
	return -1;
}

/*
 * A rename that failed may have happened all the same, for example on an NFS
 * server whose answer got lost. No other process uses this name.
 */
static int
undo_rename(const struct campaign *campaign, const char *name)
{
	int error = errno;

	unlinkat(campaign->tmp, name, 0);
	if (unlinkat(campaign->new, name, 0) == 0)
		(void)fsync(campaign->new); /* else a power loss undoes it */
	errno = error;
	return -1;
}

int
spool_commit(const struct campaign *campaign, struct spool_names *names,
    struct iovec *pieces, int count)
{
	/* The group may read a batch if it may read the campaign's folder. */
	mode_t mode = (campaign->folder_stat.st_mode & 0040) | 0600;
	char name[SPOOL_NAME_SIZE];
	int fd;

	if (next_name(names, name) < 0)
		return -1;
	/* EEXIST: the file is not ours, so there is nothing to undo. */
	fd = openat(campaign->tmp, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return -1;
	if (write_durably(fd, pieces, count) < 0)
		return undo(campaign->tmp, name);
	if (renameat(campaign->tmp, name, campaign->new, name) < 0 ||
	    fsync(campaign->new) < 0)
		return undo_rename(campaign, name);
	return 0;
}

static bool
is_leftover(int folder, const char *name, time_t now)
{
	struct stat status;

	return spool_is_batch_name(name) &&
	       fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(status.st_mode) &&
	       now - status.st_mtime > SPOOL_LEFTOVER_AGE;
}

void
spool_sweep(const struct campaign *campaign)
{
	time_t now = time(NULL);
	const char *name;
	DIR *stream;

	stream = folder_list(campaign->tmp);
	if (!stream)
		return;
	while ((name = folder_next(stream)))
		if (is_leftover(campaign->tmp, name, now))
			unlinkat(campaign->tmp, name, 0);
	folder_close(stream);
}

void
spool_prepare(int spool)
{
	struct campaign campaign;
	const char *name;
	DIR *stream;

	stream = folder_list(spool);
	if (!stream)
		return;
	while ((name = folder_next(stream))) {
		if (!campaign_is_name(name) ||
		    campaign_open(spool, name, &campaign) < 0)
			continue;
		spool_sweep(&campaign);
		campaign_close(&campaign);
	}
	folder_close(stream);
}
