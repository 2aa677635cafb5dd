#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_FILE "lock"

int
lock_campaign(int folder, pid_t *holder)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct stat status;
	int fd, error;

	if (fstat(folder, &status) < 0)
		return -1;
	fd = openat(folder, LOCK_FILE,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, status.st_mode & 0660);
	if (fd < 0)
		return -1;
	/* A run as root must not keep the folder's owner out later on. */
	if (geteuid() == 0)
		(void)!fchown(fd, status.st_uid, status.st_gid);
	if (fcntl(fd, F_SETLK, &lock) == 0)
		return fd;
	error = errno == EACCES ? EAGAIN : errno;
	*holder = 0;
	if (error == EAGAIN && fcntl(fd, F_GETLK, &lock) == 0 &&
	    lock.l_type != F_UNLCK)
		*holder = lock.l_pid;
	close(fd);
	errno = error;
	return -1;
}
