#include "journal/condition.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "journal/day.h"
#include "journal/journal.h"
#include "spool/folder.h"
#include "spool/owner.h"

#define OFF_FILE ".journal-off"

/* For the owner, for the group and for others; a folder is also entered. */
static mode_t
needed(const struct stat *status, unsigned shift)
{
	const mode_t bits = S_ISDIR(status->st_mode) ? 3 : 2;

	return bits << shift;
}

static bool
permits(const struct stat *status, unsigned shift)
{
	const mode_t bits = needed(status, shift);

	return (status->st_mode & bits) == bits;
}

/* Which users are in a group is not asked: each one may be the receiver's. */
static bool
may_write(const struct stat *spool, const struct stat *status)
{
	const bool is_owners = status->st_uid == spool->st_uid ||
			       (permits(spool, 3) && status->st_uid != 0);

	return spool->st_uid == 0 || (is_owners && permits(status, 6)) ||
	       permits(status, 3) || permits(status, 0);
}

/* 0, or an errno. */
static int
check_file(int folder, int64_t now_ms, const struct stat *spool)
{
	char name[DAY_NAME_SIZE];
	struct stat status;

	day_name(day_of(now_ms), DAY_LINES, name);
	if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : errno;
	/* As writer_open. */
	if (!S_ISREG(status.st_mode) || status.st_nlink != 1)
		return EINVAL;
	/* A receiver that is root's cannot give it away from its sandbox. */
	return status.st_uid == 0 || may_write(spool, &status) ? 0 : EACCES;
}

/* 0, or an errno. */
static int
check_disk(int folder)
{
	struct statvfs disk;

	if (fstatvfs(folder, &disk) < 0)
		return 0; /* not known */
	if (disk.f_flag & ST_RDONLY)
		return EROFS;
	return disk.f_blocks > 0 && disk.f_bavail == 0 ? ENOSPC : 0;
}

static int
check_writing(int spool, int folder, int64_t now_ms)
{
	struct stat spool_status, status;
	int error;

	if (fstat(spool, &spool_status) < 0 || fstat(folder, &status) < 0)
		return errno;
	if (!may_write(&spool_status, &status))
		return EACCES;
	error = check_file(folder, now_ms, &spool_status);
	return error ? error : check_disk(folder);
}

static bool
is_off(int spool)
{
	struct stat status;

	/* Only what the receiver can remove again. */
	return fstatat(spool, OFF_FILE, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(status.st_mode);
}

struct condition
condition_read(int spool, int64_t now_ms)
{
	struct condition condition = {CONDITION_KEPT, 0};
	int folder;

	if (is_off(spool))
		return (struct condition){CONDITION_OFF, 0};
	folder = folder_open(spool, JOURNAL_FOLDER);
	if (folder < 0)
		return errno == ENOENT
			   ? condition
			   : (struct condition){CONDITION_UNREADABLE, errno};
	condition.error = check_writing(spool, folder, now_ms);
	if (condition.error)
		condition.kind = CONDITION_UNWRITABLE;
	fd_close(folder);
	return condition;
}

const char *
condition_say(const struct condition *condition, char text[CONDITION_SIZE])
{
	switch (condition->kind) {
	case CONDITION_KEPT:
		*text = '\0';
		break;
	case CONDITION_OFF:
		snprintf(text, CONDITION_SIZE,
		    "the journal is off (MIXSPOOL_JOURNAL_DAYS=0)");
		break;
	case CONDITION_UNREADABLE:
		snprintf(text, CONDITION_SIZE, "the journal cannot be read: %s",
		    strerror(condition->error));
		break;
	case CONDITION_UNWRITABLE:
		snprintf(text, CONDITION_SIZE,
		    "the journal cannot be written: %s",
		    strerror(condition->error));
		break;
	}
	return text;
}

void
condition_note(int spool, bool off)
{
	struct stat status;
	int fd;

	if (!off) {
		(void)unlinkat(spool, OFF_FILE, 0);
		return;
	}
	if (is_off(spool) || fstat(spool, &status) < 0)
		return;
	fd = openat(spool, OFF_FILE,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    (status.st_mode & 0060) | 0600);
	if (fd >= 0)
		owner_give(fd, &status);
	fd_close(fd);
}
