#include "spool/folder.h"

#include <errno.h>
#include <fcntl.h>
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
