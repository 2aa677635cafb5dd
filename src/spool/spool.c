#include "spool/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
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

const char *
spool_strerror(int error)
{
	return error == ENOTEMPTY
		   ? "it has other files and no campaign: give an empty folder"
		   : strerror(error);
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

static bool
has_entry(int folder, const char *name)
{
	struct stat status;

	return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool
is_empty(int folder)
{
	DIR *stream = folder_list(folder);
	bool empty = stream && !folder_next(stream) && errno == 0;

	if (stream)
		folder_close(stream);
	return empty;
}

enum entry { CAMPAIGN, NOTHING, FOREIGN };

static enum entry
judge_entry(int spool, const char *name)
{
	enum entry entry;
	int folder;

	/* mkfs(8) makes lost+found. */
	if (*name == '.' || !strcmp(name, "lost+found"))
		return NOTHING;
	folder = campaign_is_name(name) ? folder_open(spool, name) : -1;
	if (folder < 0)
		return FOREIGN;
	entry = has_entry(folder, "new") || has_entry(folder, "tmp") ? CAMPAIGN
		: is_empty(folder)                                   ? NOTHING
								     : FOREIGN;
	close(folder);
	return entry;
}

/* Has it a campaign, or nothing that is not one? A folder such as /etc, given
   by mistake, is not to become a spool. */
static bool
may_be_spool(int folder)
{
	enum entry entry = NOTHING;
	bool has_foreign = false;
	DIR *stream = folder_list(folder);
	const char *name;

	if (!stream)
		return false;
	while (entry != CAMPAIGN && (name = folder_next(stream))) {
		entry = judge_entry(folder, name);
		has_foreign |= entry == FOREIGN;
	}
	folder_close(stream);
	if (entry == CAMPAIGN || !has_foreign)
		return true;
	errno = ENOTEMPTY;
	return false;
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
	    /* Of Debian's /etc/default it is not enough that it is there. */
	    (judge_entry(fd, CAMPAIGN_DEFAULT) != FOREIGN ||
		may_be_spool(fd)) &&
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

/* A batch on its way: a file in tmp/, or in the folder TO once it is there. */
struct way {
	char tmp_name[SPOOL_NAME_SIZE], name[SPOOL_NAME_SIZE];
	dev_t device; /* with the inode, its file's */
	ino_t inode;
	int to;
};

/* Whatever the chance, other processes may give the same names. */
#define NAMES_TO_TRY 100

/* Creates a file of a new name in tmp/. A descriptor, or -1 and errno. */
static int
create(const struct campaign *campaign, struct spool_names *names,
    char name[SPOOL_NAME_SIZE])
{
	/* The group may read a batch if it may read the campaign's folder. */
	const mode_t mode = (campaign->folder_stat.st_mode & 0040) | 0600;
	int tries = NAMES_TO_TRY, fd;

	do {
		if (next_name(names, name) < 0)
			return -1;
		fd = openat(campaign->tmp, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	} while (fd < 0 && errno == EEXIST && --tries > 0);
	return fd;
}

static void
remove_from_tmp(const struct campaign *campaign, const struct way *way)
{
	const int error = errno;

	unlinkat(campaign->tmp, way->tmp_name, 0);
	errno = error;
}

/* Makes a durable file in tmp/. */
static int
way_begin(struct way *way, const struct campaign *campaign,
    struct spool_names *names, const struct spool_pieces *pieces)
{
	struct stat status;
	int fd = create(campaign, names, way->tmp_name);

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
	remove_from_tmp(campaign, way);
	return -1;
}

/*
 * Removes what this commit made, and only that. A rename that failed may have
 * happened all the same, for example on an NFS server whose answer got lost.
 */
static void
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

/* Moves the file to TO, durably, under another name if its own is taken. */
static int
way_end(
    struct way *way, const struct campaign *campaign, struct spool_names *names)
{
	int tries = NAMES_TO_TRY, result;

	do
		result = folder_rename(
		    campaign->tmp, way->tmp_name, way->to, way->name);
	while (result < 0 && errno == EEXIST && --tries > 0 &&
	       next_name(names, way->name) == 0);
	if (result == 0 && fsync(way->to) == 0)
		return 0;
	way_undo(way, campaign);
	return -1;
}

/* Opens aside/, and makes it when it is missing. Its name is synced each time:
   another process may have made it, and not synced it yet. */
static int
open_aside(const struct campaign *campaign)
{
	bool made;
	int fd = folder_open(campaign->folder, SPOOL_ASIDE);

	if (fd < 0 && errno == ENOENT)
		fd = folder_make(campaign->folder, SPOOL_ASIDE,
		    &campaign->folder_stat, &made);
	if (fd >= 0 && fsync(campaign->folder) < 0)
		return fd_close(fd);
	return fd;
}

/* Sets pieces aside, under the name of the batch that they belong to, or one of
   their own if nothing else came. */
static int
set_aside(struct way *aside, const struct way *batch,
    const struct campaign *campaign, struct spool_names *names,
    const struct spool_pieces *pieces)
{
	aside->to = open_aside(campaign);
	if (aside->to < 0 || way_begin(aside, campaign, names, pieces) < 0)
		return fd_close(aside->to);
	if (*batch->name)
		memcpy(aside->name, batch->name, sizeof aside->name);
	if (way_end(aside, campaign, names) < 0)
		return fd_close(aside->to);
	return 0;
}

int
spool_commit(const struct campaign *campaign, struct spool_names *names,
    struct spool_pieces *pieces, struct spool_pieces *aside_pieces)
{
	struct way batch = {.to = campaign->new}, aside = {.to = -1};
	const bool has_batch = pieces->count > 0;
	int result = 0;

	if (has_batch && way_begin(&batch, campaign, names, pieces) < 0)
		return -1;
	if (aside_pieces->count > 0 &&
	    set_aside(&aside, &batch, campaign, names, aside_pieces) < 0) {
		if (has_batch)
			remove_from_tmp(campaign, &batch);
		return -1;
	}
	if (has_batch)
		result = way_end(&batch, campaign, names);
	if (aside.to >= 0) {
		if (result < 0)
			way_undo(&aside, campaign);
		fd_close(aside.to);
	}
	return result;
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
		campaign_furnish(&campaign);
		spool_sweep(&campaign);
		campaign_close(&campaign);
	}
	folder_close(stream);
}
