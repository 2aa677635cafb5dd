#include "once/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

#define BUFFER ((size_t)64 << 10)
#define MOVED ((size_t)1 << 20)

static int
open_named(const char *folder)
{
	char name[PATH_MAX];
	int fd;

	if (snprintf(name, sizeof name, "%s/mixspool-once-XXXXXX", folder) >=
	    (int)sizeof name) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0 && unlink(name) < 0)
		return fd_close(fd);
	return fd;
}

static int
open_in(const char *folder)
{
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	/* Not every file system has O_TMPFILE. */
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
		fd = open_named(folder);
	return fd;
}

int
scratch_open(const char *beside)
{
	const char *chosen = getenv("TMPDIR"), *slash = strrchr(beside, '/');
	char folder[PATH_MAX];

	if (chosen && *chosen)
		snprintf(folder, sizeof folder, "%s", chosen);
	else if (slash)
		snprintf(folder, sizeof folder, "%.*s/", (int)(slash - beside),
		    beside);
	else
		strcpy(folder, ".");
	return open_in(folder);
}

/* Moves what is in a pipe into the file without a copy of it here. What this
   cannot do is left for read(2), and 0. */
static ssize_t
move(int file, int from)
{
	ssize_t moved;

	do
		moved = splice(from, NULL, file, NULL, MOVED, 0);
	while (moved < 0 && errno == EINTR);
	return moved > 0 ? moved : 0;
}

/* Copies *GOT bytes, 0 at the end. */
static enum scratch_end
copy(int file, int from, ssize_t *got)
{
	char buffer[BUFFER];

	do
		*got = read(from, buffer, sizeof buffer);
	while (*got < 0 && errno == EINTR);
	if (*got < 0)
		return SCRATCH_NOT_READ;
	return fd_write_all(file, buffer, (size_t)*got) < 0
		   ? SCRATCH_NOT_WRITTEN
		   : SCRATCH_DONE;
}

/* Ends the last line, if it has no end. */
static enum scratch_end
end_line(
    int file, uint64_t size, void (*grown)(void *to, uint64_t size), void *to)
{
	char last = '\n';

	if (size > 0 && pread(file, &last, 1, (off_t)(size - 1)) < 0)
		return SCRATCH_NOT_WRITTEN;
	if (last == '\n')
		return SCRATCH_DONE;
	if (fd_write_all(file, "\n", 1) < 0)
		return SCRATCH_NOT_WRITTEN;
	grown(to, size + 1);
	return SCRATCH_DONE;
}

enum scratch_end
scratch_fill(
    int file, int from, void (*grown)(void *to, uint64_t size), void *to)
{
	enum scratch_end end = SCRATCH_DONE;
	uint64_t size = 0;
	bool moves = true;
	ssize_t got;

	for (;;) {
		got = moves ? move(file, from) : 0;
		moves = got > 0;
		if (!moves)
			end = copy(file, from, &got);
		if (end != SCRATCH_DONE)
			return end;
		if (got == 0)
			return end_line(file, size, grown, to);
		size += (uint64_t)got;
		grown(to, size);
	}
}

int
scratch_copy(int file, int from, uint64_t size)
{
	char buffer[BUFFER];
	uint64_t at = 0;
	ssize_t got;

	for (; at < size; at += (uint64_t)got) {
		got = pread(from, buffer,
		    size - at < sizeof buffer ? (size_t)(size - at)
					      : sizeof buffer,
		    (off_t)at);
		if (got < 0 && errno == EINTR)
			got = 0;
		else if (got <= 0)
			return got < 0 ? -1 : fd_close_error(-1, EIO);
		if (fd_write_all(file, buffer, (size_t)got) < 0)
			return -1;
	}
	return 0;
}
