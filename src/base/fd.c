#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int
fd_close(int fd)
{
	return fd_close_error(fd, errno);
}

int
fd_close_error(int fd, int error)
{
	if (fd >= 0)
		close(fd);
	errno = error;
	return -1;
}

int
fd_write_all(int fd, const void *bytes, size_t size)
{
	const char *next = bytes;
	ssize_t written;

	while (size > 0) {
		written = write(fd, next, size);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0) {
			if (written == 0)
				errno = EIO;
			return -1;
		}
		next += written;
		size -= (size_t)written;
	}
	return 0;
}

int
fd_occupy_standard(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null",
			fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return -1;
	return 0;
}
