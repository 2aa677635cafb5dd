#include "spool/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "spool/owner.h"

#define LOCK_FILE "lock"

/*
 * Who may write to the campaign can put any file there: only one that this call
 * has made changes its owner.
 */
static int
lock_open(int folder)
{
	struct stat status;
	int fd;

	if (fstat(folder, &status) < 0)
		return -1;
	fd = openat(folder, LOCK_FILE,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    status.st_mode & 0660);
	if (fd >= 0)
		owner_give(fd, &status);
	if (fd >= 0 || errno != EEXIST)
		return fd;
	fd = openat(
	    folder, LOCK_FILE, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
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

int
lock_campaign(int folder, pid_t *holder)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd, error;

	fd = lock_open(folder);
	if (fd < 0 || fcntl(fd, F_SETLK, &lock) == 0)
		return fd;
	error = errno == EACCES ? EAGAIN : errno;
	*holder = 0;
	if (error == EAGAIN && fcntl(fd, F_GETLK, &lock) == 0 &&
	    lock.l_type != F_UNLCK)
		*holder = lock.l_pid;
	return fd_close_error(fd, error);
}

const char *
lock_strerror(int error)
{
	switch (error) {
	case EINVAL:
		return "it is not a regular file";
	case EMLINK:
		return "it has a second hard link, which root does not touch";
	default:
		return strerror(error);
	}
}
