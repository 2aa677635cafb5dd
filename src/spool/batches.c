#include "spool/batches.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spool/folder.h"

#define BUFFER_SIZE ((size_t)256 * 1024)

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Keeps the oldest BATCHES_MAX of twice as many. */
static void
cut(struct batches *batches)
{
	if (batches->count > 1)
		qsort(batches->names, batches->count, sizeof(batch_name),
		    compare);
	if (batches->count > BATCHES_MAX)
		batches->count = BATCHES_MAX;
}

static int
add(struct batches *batches, size_t *room, const char *name)
{
	batch_name *more;

	if (batches->count == (size_t)2 * BATCHES_MAX)
		cut(batches);
	if (batches->count == *room) {
		*room = *room ? *room * 2 : 256;
		more = realloc(batches->names, *room * sizeof(batch_name));
		if (!more)
			return -1;
		batches->names = more;
	}
	memcpy(batches->names[batches->count++], name, strlen(name) + 1);
	return 0;
}

int
batches_list(int folder, struct batches *batches)
{
	const char *name;
	size_t room = 0;
	DIR *stream;
	int error;

	*batches = (struct batches){0};
	stream = folder_list(folder);
	if (!stream)
		return -1;
	while ((name = folder_next(stream)))
		if (spool_is_batch_name(name) && add(batches, &room, name) < 0)
			break;
	error = errno;
	closedir(stream);
	if (error) {
		batches_free(batches);
		errno = error;
		return -1;
	}
	cut(batches);
	return 0;
}

void
batches_free(struct batches *batches)
{
	free(batches->names);
	*batches = (struct batches){0};
}

int
batch_open(int folder, const char *name, size_t *size)
{
	struct stat status;
	int fd, error;

	fd = openat(
	    folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0) {
		*size = (size_t)status.st_size;
		errno = !S_ISREG(status.st_mode)                ? EINVAL
			: geteuid() == 0 && status.st_nlink > 1 ? EMLINK
								: 0;
		if (!errno)
			return fd;
	}
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static size_t
count_lines(const char *text, size_t size)
{
	const char *end = text + size;
	size_t lines = 0;

	while (
	    text < end && (text = memchr(text, '\n', (size_t)(end - text)))) {
		text++;
		lines++;
	}
	return lines;
}

int
batch_count_users(int folder, const char *name, size_t *users, size_t *size)
{
	char *buffer, last = '\n';
	ssize_t got = -1;
	int fd, error;

	*users = 0;
	fd = batch_open(folder, name, size);
	if (fd < 0)
		return -1;
	buffer = malloc(BUFFER_SIZE);
	while (buffer && (got = read(fd, buffer, BUFFER_SIZE)) > 0) {
		*users += count_lines(buffer, (size_t)got);
		last = buffer[got - 1];
	}
	error = errno;
	free(buffer);
	close(fd);
	errno = error;
	/* A last line without its end counts, and gets one from feed.c. */
	*users += last != '\n';
	return got < 0 ? -1 : 0;
}

/* rename(2) leaves both of two links to one file, and says that all is well. */
int
batch_move(int from, int to, const char *name)
{
	struct stat one, other;

	if (fstatat(to, name, &other, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? renameat(from, name, to, name) : -1;
	if (fstatat(from, name, &one, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	if (one.st_dev != other.st_dev || one.st_ino != other.st_ino)
		return renameat(from, name, to, name);
	errno = EEXIST;
	return -1;
}
