#include "once/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

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

FILE *
scratch_open(const char *beside, char *buffer)
{
	const char *chosen = getenv("TMPDIR"), *slash = strrchr(beside, '/');
	char folder[PATH_MAX];
	FILE *file;
	int fd;

	if (chosen && *chosen)
		snprintf(folder, sizeof folder, "%s", chosen);
	else if (slash)
		snprintf(folder, sizeof folder, "%.*s/", (int)(slash - beside),
		    beside);
	else
		strcpy(folder, ".");
	fd = open_in(folder);
	if (fd < 0)
		return NULL;
	file = fdopen(fd, "w+");
	if (!file)
		(void)fd_close(fd);
	else
		(void)setvbuf(file, buffer, _IOFBF, SCRATCH_BUFFER);
	return file;
}

static uint64_t
count_ends(const char *text, size_t size)
{
	const char *end = text + size, *at = text;
	uint64_t count = 0;

	while ((at = memchr(at, '\n', (size_t)(end - at)))) {
		count++;
		at++;
	}
	return count;
}

int
scratch_fill(FILE *file, int from, uint64_t *lines)
{
	char buffer[SCRATCH_BUFFER], last = '\n';
	ssize_t size;

	*lines = 0;
	for (;;) {
		size = read(from, buffer, sizeof buffer);
		if (size < 0 && errno == EINTR)
			continue;
		if (size == 0)
			break;
		if (size < 0 ||
		    fd_write_all(fileno(file), buffer, (size_t)size) < 0)
			return -1;
		*lines += count_ends(buffer, (size_t)size);
		last = buffer[size - 1];
	}
	*lines += last != '\n';
	return scratch_rewind(file);
}

int
scratch_rewind(FILE *file)
{
	if (fflush(file) == EOF)
		return -1;
	return fseek(file, 0, SEEK_SET);
}
