#include "send/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

#define ROOM 65536

bool
lines_is_standard_input(const char *file)
{
	return strcmp(file, "-") == 0;
}

int
lines_open(struct lines *lines, const char *file)
{
	lines->fd =
	    lines_is_standard_input(file)
		? STDIN_FILENO
		: open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	lines->number = 0;
	lines->start = lines->end = 0;
	lines->at_end = lines->is_skipping = false;
	return lines->fd < 0 ? -1 : 0;
}

void
lines_close(struct lines *lines)
{
	if (lines->fd > STDIN_FILENO)
		fd_close(lines->fd);
	lines->fd = -1;
}

void
lines_free(struct lines *lines)
{
	lines_close(lines);
	free(lines->buffer);
	lines->buffer = NULL;
}

/* Makes room behind what is in the buffer. */
static int
lines_make_room(struct lines *lines)
{
	size_t room = lines->room ? lines->room : ROOM;
	char *buffer;

	if (lines->start > 0) {
		memmove(lines->buffer, lines->buffer + lines->start,
		    lines->end - lines->start);
		lines->end -= lines->start;
		lines->start = 0;
	}
	if (lines->end == lines->room && lines->room > 0)
		room *= 2;
	if (room == lines->room)
		return 0;
	buffer = realloc(lines->buffer, room);
	if (!buffer)
		return -1;
	lines->buffer = buffer;
	lines->room = room;
	return 0;
}

static bool
has_nothing_yet(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};

	return poll(&ready, 1, 0) == 0;
}

/* READING_ONE: there are more bytes, or `at_end` is set. */
static enum reading
read_more(struct lines *lines)
{
	ssize_t size;

	if (has_nothing_yet(lines->fd))
		return READING_WAIT;
	if (lines_make_room(lines) < 0)
		return READING_NO_MEMORY;
	size = read(
	    lines->fd, lines->buffer + lines->end, lines->room - lines->end);
	if (size < 0)
		return errno == EINTR || errno == EAGAIN ? READING_WAIT
							 : READING_UNREADABLE;
	lines->at_end = size == 0;
	lines->end += (size_t)size;
	return READING_ONE;
}

static void
take(struct lines *lines, size_t size)
{
	lines->start += size;
	lines->taken += size;
}

/* A line, or the rest of one. */
static enum reading
find_end(struct lines *lines, char **line, size_t *size)
{
	enum reading status;
	size_t searched = 0, length;
	char *start, *newline;

	if (lines->room == 0 && lines_make_room(lines) < 0)
		return READING_NO_MEMORY;
	for (;;) {
		start = lines->buffer + lines->start;
		length = lines->end - lines->start;
		newline = length == searched ? NULL
					     : memchr(start + searched, '\n',
						   length - searched);
		if (newline || (lines->at_end && length > 0)) {
			*line = start;
			*size = newline ? (size_t)(newline - start) : length;
			take(lines, *size + (newline ? 1 : 0));
			return READING_ONE;
		}
		if (lines->at_end)
			return READING_END;
		searched = length;
		if (length > LINES_MAX) {
			*line = start;
			*size = length;
			take(lines, length);
			return READING_INVALID;
		}
		status = read_more(lines);
		if (status != READING_ONE)
			return status;
	}
}

char *
lines_ahead(const struct lines *lines, size_t *size)
{
	*size = lines->end - lines->start;
	return lines->buffer + lines->start;
}

void
lines_take_ahead(struct lines *lines, size_t size)
{
	take(lines, size);
}

enum reading
lines_next(struct lines *lines, char **line, size_t *size)
{
	const bool is_rest = lines->is_skipping;
	enum reading status = find_end(lines, line, size);

	if (status != READING_ONE && status != READING_INVALID)
		return status;
	lines->is_skipping = status == READING_INVALID;
	if (is_rest)
		return READING_NONE;
	lines->number++;
	return status == READING_ONE && *size > LINES_MAX ? READING_INVALID
							  : status;
}
