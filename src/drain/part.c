#include "drain/part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "drain/put_away.h"
#include "spool/folder.h"

#define BUFFER_SIZE ((size_t)256 * 1024)

struct copy {
	const struct part_lines *lines;
	int to;
	char *buffer;
	size_t line;   /* the number of the line that comes next */
	size_t listed; /* of those, how many come before it */
};

static bool
is_picked(struct copy *copy)
{
	const struct part_lines *lines = copy->lines;

	while (copy->listed < lines->count &&
	       lines->listed[copy->listed] < copy->line)
		copy->listed++;
	return copy->line >= lines->from && copy->line < lines->to &&
	       (copy->listed < lines->count &&
		   lines->listed[copy->listed] == copy->line) == lines->wanted;
}

/* Writes what is picked of a piece, in as few writes as possible. */
static int
copy_piece(struct copy *copy, size_t size)
{
	const char *at = copy->buffer, *end = at + size, *next, *start = at;
	bool picked = is_picked(copy);

	while (at < end) {
		next = memchr(at, '\n', (size_t)(end - at));
		at = next ? next + 1 : end;
		copy->line += next != NULL;
		if (at < end && is_picked(copy) == picked)
			continue;
		if (picked &&
		    fd_write_all(copy->to, start, (size_t)(at - start)) < 0)
			return -1;
		start = at;
		picked = is_picked(copy);
	}
	return 0;
}

/* Ends the last line, if the batch does not. */
static int
copy_lines(struct copy *copy, int from)
{
	char last = '\n';
	ssize_t got;

	while ((got = read(from, copy->buffer, BUFFER_SIZE)) > 0) {
		last = copy->buffer[got - 1];
		if (copy_piece(copy, (size_t)got) < 0)
			return -1;
	}
	if (got < 0)
		return -1;
	if (last != '\n' && is_picked(copy))
		return fd_write_all(copy->to, "\n", 1);
	return 0;
}

static int
copy_durably(int new, const char *batch, const struct part_lines *lines, int to)
{
	struct copy copy = {lines, to, malloc(BUFFER_SIZE), 0, 0};
	int from = batch_open(new, batch), result = -1;

	if (copy.buffer && from >= 0 && copy_lines(&copy, from) == 0)
		result = fdatasync(to);
	fd_close(from);
	free(copy.buffer);
	return result;
}

/* Removes what this call made, and keeps errno. Always -1. */
static int
part_undo(int folder, const char *name)
{
	const int error = errno;

	unlinkat(folder, name, 0);
	errno = error;
	return -1;
}

static int
part_make(int folder, int tmp, int new, const char *batch,
    const struct part_lines *lines, const char *name)
{
	int fd = batch_create(folder, tmp, name);

	if (fd < 0)
		return -1;
	if (copy_durably(new, batch, lines, fd) < 0)
		(void)fd_close(fd);
	else if (close(fd) == 0)
		return 0;
	return part_undo(tmp, name);
}

int
part_write(int folder, int new, const char *batch,
    const struct part_lines *lines, size_t users, int target, batch_name name)
{
	int tmp = put_away_open(folder, "tmp"), result = -1;

	if (tmp >= 0 && batch_name_beside(batch, users, target, name) == 0 &&
	    part_make(folder, tmp, new, batch, lines, name) == 0) {
		result = folder_rename(tmp, name, target, name);
		if (result < 0)
			result = part_undo(tmp, name);
		else if (fsync(target) < 0)
			result = part_undo(target, name);
	}
	(void)fd_close(tmp);
	return result;
}
