#include "spool/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

int
folder_open(int parent, const char *name)
{
	int fd = openat(
	    parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ELOOP)
		errno = ENOTDIR;
	return fd;
}

int
folder_make(int parent, const char *name, const struct stat *like, bool *made)
{
	*made = mkdirat(parent, name, like->st_mode & 0777) == 0;
	if (!*made && errno != EEXIST)
		return -1;
	return folder_open(parent, name);
}

int
folder_rename(int from, const char *old, int to, const char *new)
{
	struct stat status;

	if (renameat2(from, old, to, new, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (fstatat(to, new, &status, AT_SYMLINK_NOFOLLOW) == 0)
		errno = EEXIST;
	else if (errno == ENOENT)
		return renameat(from, old, to, new);
	return -1;
}

int
folder_replace(int from, const char *new, int to, const char *old)
{
	struct stat status;

	if (renameat2(from, new, to, old, RENAME_EXCHANGE) == 0)
		return 0;
	if ((errno != EINVAL && errno != ENOSYS) ||
	    fstatat(to, old, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	return renameat(from, new, to, old);
}

DIR *
folder_list(int folder)
{
	DIR *stream;
	int fd;

	fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	stream = fdopendir(fd);
	if (!stream)
		(void)fd_close(fd);
	return stream;
}

const char *
folder_next(DIR *stream)
{
	struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(stream);
	} while (entry &&
		 (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")));
	return entry ? entry->d_name : NULL;
}

void
folder_close(DIR *stream)
{
	const int error = errno;

	closedir(stream);
	errno = error;
}
