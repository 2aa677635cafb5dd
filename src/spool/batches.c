#include "spool/batches.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "spool/folder.h"
#include "spool/lease.h"
#include "spool/owner.h"

#define BUFFER_SIZE ((size_t)256 * 1024)
#define COUNTER_AT                                                             \
	33              /* in 20261124T065034.123456Z-9f3a1c22-000042-50.jsonl \
			 */
#define COUNTER_MAX 12  /* digits that are kept of it */
#define BESIDE_DIGITS 9 /* that are put behind it */

static int
batches_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Sorts them, and keeps the oldest BATCHES_MAX. */
static void
batches_cut(struct batches *batches)
{
	if (batches->count > 1)
		qsort(batches->names, batches->count, sizeof(batch_name),
		    batches_compare);
	if (batches->count > BATCHES_MAX)
		batches->count = BATCHES_MAX;
}

static int
batches_add(struct batches *batches, size_t *room, const char *name)
{
	batch_name *more;

	if (batches->count == (size_t)2 * BATCHES_MAX)
		batches_cut(batches);
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
	return batches_list_behind(folder, "", batches);
}

int
batches_list_behind(int folder, const char *behind, struct batches *batches)
{
	const char *name;
	size_t room = 0;
	DIR *stream;

	*batches = (struct batches){0};
	stream = folder_list(folder);
	if (!stream)
		return -1;
	while ((name = folder_next(stream)))
		if (spool_is_batch_name(name) && strcmp(name, behind) > 0 &&
		    batches_add(batches, &room, name) < 0)
			break;
	folder_close(stream);
	if (errno) {
		batches_free(batches);
		return -1;
	}
	batches_cut(batches);
	return 0;
}

void
batches_free(struct batches *batches)
{
	free(batches->names);
	*batches = (struct batches){0};
}

int
batch_open_stat(int folder, const char *name, struct stat *status)
{
	int fd = lease_open(folder, name, O_RDONLY);

	if (fd < 0)
		return -1;
	if (fstat(fd, status) == 0) {
		errno = !S_ISREG(status->st_mode)                ? EINVAL
			: status->st_nlink > 1 && geteuid() == 0 ? EMLINK
								 : 0;
		if (!errno)
			return fd;
	}
	return fd_close(fd);
}

int
batch_open(int folder, const char *name)
{
	struct stat status;

	return batch_open_stat(folder, name, &status);
}

static size_t
batch_count_lines(const char *text, size_t size)
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
batch_count_users(int folder, const char *name, size_t *users, uint64_t *bytes)
{
	char *buffer, last = '\n';
	ssize_t got = -1;
	int fd;

	*users = 0;
	*bytes = 0;
	fd = batch_open(folder, name);
	if (fd < 0)
		return -1;
	buffer = malloc(BUFFER_SIZE);
	while (buffer && (got = read(fd, buffer, BUFFER_SIZE)) > 0) {
		*users += batch_count_lines(buffer, (size_t)got);
		*bytes += (uint64_t)got;
		last = buffer[got - 1];
	}
	/* A last line without its end counts: drain ends it. */
	*users += last != '\n';
	(void)fd_close(fd);
	free(buffer);
	return got < 0 ? -1 : 0;
}

int
batch_name_beside(const char *batch, size_t lines, int target, batch_name name)
{
	const size_t digits = strspn(batch + COUNTER_AT, "0123456789");
	const int kept =
	    COUNTER_AT + (int)(digits < COUNTER_MAX ? digits : COUNTER_MAX);
	struct stat status;
	batch_name beside;
	uint32_t random;

	do {
		if (getrandom(&random, sizeof random, 0) < 0)
			return -1;
		snprintf(beside, sizeof beside, "%.*s%09" PRIu32, kept, batch,
		    random % 1000000000);
		spool_name_set_lines(beside, lines, name);
	} while (fstatat(target, name, &status, AT_SYMLINK_NOFOLLOW) == 0);
	return errno == ENOENT ? 0 : -1;
}

/* The counter of a receiver has 6 digits up to a million batches. */
bool
batch_is_beside(const char *name)
{
	return spool_is_batch_name(name) &&
	       strspn(name + COUNTER_AT, "0123456789") >= 6 + BESIDE_DIGITS;
}

int
batch_create(int folder, int tmp, const char *name)
{
	struct stat status;
	int fd;

	if (fstat(folder, &status) < 0)
		return -1;
	fd = openat(tmp, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    (status.st_mode & 0040) | 0600);
	if (fd >= 0)
		owner_give(fd, &status);
	return fd;
}

/* Has TO the same file under this name? 1, 0, or -1 and errno. */
static int
is_same_file(int from, int to, const char *name)
{
	struct stat one, other;

	if (fstatat(from, name, &one, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	if (fstatat(to, name, &other, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -1;
	return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

int
batch_move(int from, int to, const char *name)
{
	batch_name other;
	int result = folder_rename(from, name, to, name), same;

	if (result == 0 || errno != EEXIST)
		return result;
	same = is_same_file(from, to, name);
	if (same < 0)
		return -1;
	if (same) {
		errno = EEXIST;
		return -1;
	}
	do {
		if (batch_name_beside(name, spool_name_lines(name), to, other) <
		    0)
			return -1;
		result = folder_rename(from, name, to, other);
	} while (result < 0 && errno == EEXIST);
	return result;
}
