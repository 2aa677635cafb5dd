#include "tool/batch_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_ROOM ((size_t)256 * 1024)

void
batch_lines_begin(struct batch_lines *lines, int file)
{
	lines->file = file;
	lines->start = lines->end = 0;
	lines->ended = false;
}

static int
make_room(struct batch_lines *lines)
{
	size_t room = lines->room ? lines->room * 2 : FIRST_ROOM;
	char *more;

	if (lines->start > 0) {
		lines->end -= lines->start;
		memmove(
		    lines->buffer, lines->buffer + lines->start, lines->end);
		lines->start = 0;
	}
	if (lines->end < lines->room)
		return 0;
	more = realloc(lines->buffer, room);
	if (!more)
		return -1;
	lines->buffer = more;
	lines->room = room;
	return 0;
}

static int
read_more(struct batch_lines *lines)
{
	ssize_t got;

	if (make_room(lines) < 0)
		return -1;
	do
		got = read(lines->file, lines->buffer + lines->end,
		    lines->room - lines->end);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -1;
	lines->end += (size_t)got;
	lines->ended = got == 0;
	return 0;
}

int
batch_lines_next(struct batch_lines *lines, const char **line, size_t *size)
{
	size_t seen = 0; /* bytes from the start without an end of a line */
	const char *found = NULL;

	for (;;) {
		if (lines->end - lines->start > seen)
			found = memchr(lines->buffer + lines->start + seen,
			    '\n', lines->end - lines->start - seen);
		if (found || lines->ended)
			break;
		seen = lines->end - lines->start;
		if (read_more(lines) < 0)
			return -1;
	}
	*line = lines->buffer + lines->start;
	*size = found ? (size_t)(found - *line) : lines->end - lines->start;
	if (!found && *size == 0)
		return 0;
	lines->start += *size + (found != NULL);
	return 1;
}

void
batch_lines_free(struct batch_lines *lines)
{
	free(lines->buffer);
	*lines = (struct batch_lines){0};
}
