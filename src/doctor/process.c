#include "doctor/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"

ssize_t
process_read(pid_t pid, const char *name, char *to, size_t room)
{
	char path[64];
	size_t size = 0;
	ssize_t got;
	int fd;

	snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while (
	    size < room - 1 && (got = read(fd, to + size, room - 1 - size)) > 0)
		size += (size_t)got;
	close(fd);
	to[size] = '\0';
	return (ssize_t)size;
}

bool
process_walk(process_each *each, void *context)
{
	struct process process;
	struct dirent *entry;
	bool is_found = false;
	uint64_t pid;
	DIR *all = opendir("/proc");

	while (all && !is_found && (entry = readdir(all))) {
		ssize_t size;

		if (number_parse(entry->d_name, 1, INT32_MAX, &pid) < 0)
			continue;
		process.pid = (pid_t)pid;
		size = process_read(process.pid, "cmdline", process.arguments,
		    sizeof process.arguments);
		process.size = size > 0 ? (size_t)size : 0;
		is_found = process.size > 0 && each(&process, context);
	}
	if (all)
		closedir(all);
	return is_found;
}

const char *
process_argument(const struct process *process, size_t number)
{
	const char *at = process->arguments, *const end = process->arguments +
							  process->size;

	for (; number > 0 && at < end; number--)
		at += strlen(at) + 1;
	return at < end ? at : NULL;
}

bool
process_is(const struct process *process, const char *name)
{
	const char *first = process_argument(process, 0);
	const char *slash = first ? strrchr(first, '/') : NULL;

	return first && !strcmp(slash ? slash + 1 : first, name);
}

int
process_path(
    const struct process *process, const char *given, char *path, size_t room)
{
	char link[64], folder[PATH_MAX] = "";
	ssize_t length = 0;

	if (*given != '/') {
		snprintf(
		    link, sizeof link, "/proc/%ld/cwd", (long)process->pid);
		length = readlink(link, folder, sizeof folder - 1);
		given += strncmp(given, "./", 2) == 0 ? 2 : 0;
	}
	if (length < 0)
		return -1;
	folder[length] = '\0';
	length = snprintf(
	    path, room, "%s%s%s", folder, *given == '/' ? "" : "/", given);
	return length >= 0 && (size_t)length < room ? 0 : -1;
}

bool
process_means(
    const struct process *process, const char *given, const struct stat *folder)
{
	char path[PATH_MAX], above[PATH_MAX + 4];
	struct stat status;

	if (process_path(process, given, path, sizeof path) < 0)
		return false;
	snprintf(above, sizeof above, "%s/..", path);
	return (stat(path, &status) == 0 && status.st_dev == folder->st_dev &&
		   status.st_ino == folder->st_ino) ||
	       (stat(above, &status) == 0 && status.st_dev == folder->st_dev &&
		   status.st_ino == folder->st_ino);
}
