#include "spool/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "spool/lease.h"
#include "spool/owner.h"

#define LOCK_FILE "lock"
#define TRIES 100 /* at a lock that is released again and again */

/*
 * Anybody who may write to the campaign can put a file there: only one that
 * this call has made changes its owner. EEXIST: there is one now.
 */
static int
lock_create(int folder, struct stat *status)
{
	if (fstat(folder, status) < 0)
		return -1;
	return openat(folder, LOCK_FILE,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    status->st_mode & 0660);
}

/*
 * The receiver's sandbox forbids owner_give and asking for the user's id. A
 * lock of root's would keep the folder's owner out, so it is removed again.
 */
int
lock_make(int folder)
{
	struct stat status, lock;
	int fd;

	if (fstatat(folder, LOCK_FILE, &lock, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	fd = errno == ENOENT ? lock_create(folder, &status) : -1;
	if (fd < 0)
		return errno == EEXIST ? 0 : -1;
	if (fstat(fd, &lock) == 0 && lock.st_uid == 0 && status.st_uid != 0)
		unlinkat(folder, LOCK_FILE, 0);
	return close(fd);
}

/* Nothing is written where the file is there: the disk may be full. */
static int
lock_open(int folder)
{
	struct stat status;
	int fd = lease_open(folder, LOCK_FILE, O_RDWR);

	if (fd < 0 && errno == ENOENT) {
		fd = lock_create(folder, &status);
		if (fd >= 0)
			owner_give(fd, &status);
		if (fd >= 0 || errno != EEXIST)
			return fd;
		fd = lease_open(folder, LOCK_FILE, O_RDWR);
	}
	if (fd < 0)
		return -1;
	if (fstat(fd, &status) < 0)
		return fd_close(fd);
	if (!S_ISREG(status.st_mode))
		return fd_close_error(fd, EINVAL);
	if (geteuid() == 0 && status.st_nlink > 1)
		return fd_close_error(fd, EMLINK);
	return fd;
}

static int
lock_folder(int folder, pid_t *holder)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*holder = 0;
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
		return fd_close(fd);
	return fd;
}

/* 0, or -1 and errno, as lock_campaign. */
static int
lock_file(int fd, pid_t *holder)
{
	struct flock lock;
	int tries;

	*holder = 0;
	for (tries = 0; tries < TRIES; tries++) {
		lock = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
		if (fcntl(fd, F_SETLK, &lock) == 0)
			return 0;
		if (errno != EACCES && errno != EAGAIN)
			return -1;
		if (fcntl(fd, F_GETLK, &lock) < 0)
			break;
		if (lock.l_type == F_UNLCK)
			continue;
		/* 0 or below: it is not a process of this system. */
		*holder = lock.l_pid > 0 ? lock.l_pid : 0;
		break;
	}
	errno = EAGAIN;
	return -1;
}

int
lock_campaign(int folder, pid_t *holder)
{
	int fd = lock_open(folder);

	if (fd < 0 && (errno == ENOSPC || errno == EDQUOT))
		return lock_folder(folder, holder);
	if (fd >= 0 && lock_file(fd, holder) < 0)
		return fd_close(fd);
	return fd;
}

const char *
lock_strerror(int error)
{
	switch (error) {
	case EINVAL:
		return "it is not a regular file";
	case EMLINK:
		return "it has a second hard link, which root does not touch";
	case EBUSY:
		return "another process or host has a lease on it";
	default:
		return strerror(error);
	}
}
