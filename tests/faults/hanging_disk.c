/*
 * Preloaded: a disk that hangs, and a clock that can be put forward. While the
 * folder HANGING_DISK has a file `hang`, no fdatasync returns, and no open of a
 * path below HANGING_DISK that is absolute; while it has a file `hang-folder`,
 * no fsync does, as of a folder; while it has a file `hang-appending`, no write
 * to the end of a file does; once it has a file `later`, CLOCK_MONOTONIC is a
 * minute ahead.
 */

#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Sets `real` to the C library's function. ISO C has no cast from a pointer to
   data to one to a function. */
#define REAL(function)                                                         \
	do {                                                                   \
		void *symbol = dlsym(RTLD_NEXT, #function);                    \
		memcpy(&real, &symbol, sizeof real);                           \
	} while (0)

static bool
is_there(const char *name)
{
	const char *folder = getenv("HANGING_DISK");
	struct stat status;
	char path[256];

	if (!folder)
		return false;
	snprintf(path, sizeof path, "%s/%s", folder, name);
	return stat(path, &status) == 0;
}

static void
hang(const char *while_there)
{
	const struct timespec pause = {.tv_nsec = 10000000};

	while (is_there(while_there))
		nanosleep(&pause, NULL);
}

ssize_t
write(int fd, const void *bytes, size_t size)
{
	ssize_t (*real)(int, const void *, size_t);

	REAL(write);
	if (fd > STDERR_FILENO && (fcntl(fd, F_GETFL) & O_APPEND))
		hang("hang-appending");
	return real(fd, bytes, size);
}

int
fdatasync(int fd)
{
	int (*real)(int);

	REAL(fdatasync);
	hang("hang");
	return real(fd);
}

int
fsync(int fd)
{
	int (*real)(int);

	REAL(fsync);
	hang("hang-folder");
	return real(fd);
}

int
open(const char *path, int flags, ...)
{
	const char *folder = getenv("HANGING_DISK");
	int (*real)(const char *, int, ...);
	mode_t mode = 0;
	va_list arguments;

	va_start(arguments, flags);
	if (flags & (O_CREAT | O_TMPFILE))
		mode = va_arg(arguments, mode_t);
	va_end(arguments);
	REAL(open);
	if (folder && strncmp(path, folder, strlen(folder)) == 0)
		hang("hang");
	return real(path, flags, mode);
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	int (*real)(clockid_t, struct timespec *);
	int result;

	REAL(clock_gettime);
	result = real(clock, now);
	if (result == 0 && clock == CLOCK_MONOTONIC && is_there("later"))
		now->tv_sec += 60;
	return result;
}
