#include "drain/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

#define BUFFER_SIZE ((size_t)256 * 1024)

/* A batch of this size goes into the pipe by splice(2), up to a line in its
   TAIL. Below, to copy it is cheaper: measured. */
#define DIRECT_MIN ((size_t)64 * 1024)
#define TAIL ((size_t)16 * 1024)

int
source_open(struct source *source, const struct source_part *part)
{
	*source = (struct source){.buffer = malloc(BUFFER_SIZE),
	    .count = part->count,
	    .part = part,
	    .file = -1,
	    .skip = part->skip,
	    .wanted = part->lines};
	return source->buffer ? 0 : -1;
}

void
source_close(struct source *source)
{
	fd_close(source->file);
	free(source->buffer);
}

/* Moves FROM behind up to *LINES ends of lines, and counts them down. */
static size_t
pass_lines(const struct source *source, size_t from, size_t *lines)
{
	const char *end = source->buffer + source->end;
	const char *at = source->buffer + from;

	while (*lines > 0 && at < end) {
		at = memchr(at, '\n', (size_t)(end - at));
		if (!at)
			return source->end;
		at++;
		--*lines;
	}
	return (size_t)(at - source->buffer);
}

static void
end_file(struct source *source)
{
	close(source->file);
	source->file = -1;
}

/* SIZE bytes more are in the buffer: drops what is not in the part. */
static void
add(struct source *source, size_t size)
{
	size_t from = source->end, kept;

	source->end += size;
	if (source->skip > 0) {
		kept = pass_lines(source, from, &source->skip);
		memmove(source->buffer + from, source->buffer + kept,
		    source->end - kept);
		source->end -= kept - from;
	}
	if (!source->part->is_cut)
		return;
	source->end = pass_lines(source, from, &source->wanted);
	source->ended = source->wanted == 0;
}

/* The batch cannot be read. 0: the stream ends before it; or -1 and errno. */
static int
end_before(struct source *source, size_t batch)
{
	source->count = batch;
	source->error = errno;
	if (source->begun || source->part->is_counted)
		return -1;
	source->end = source->begin;
	source->ended = true;
	return 0;
}

/* If the batch that was opened is large and whole, finds how much of it can go
   without being read: up to its last lines. */
static void
find_direct(struct source *source)
{
	char *room = source->buffer + source->end;
	const char *line;

	if (source->left < DIRECT_MIN || source->must_copy ||
	    source->skip > 0 || source->part->is_cut ||
	    BUFFER_SIZE - source->end < TAIL)
		return;
	if (pread(source->file, room, TAIL, (off_t)(source->left - TAIL)) !=
	    (ssize_t)TAIL)
		return;
	line = memrchr(room, '\n', TAIL - 1);
	if (line)
		source->direct =
		    source->left - TAIL + (size_t)(line + 1 - room);
}

static int
open_next(struct source *source)
{
	const struct source_part *part = source->part;
	struct stat status;

	source->begin = source->end;
	source->file =
	    batch_open_stat(part->folder, part->names[source->next], &status);
	if (source->file < 0)
		return end_before(source, source->next);
	source->next++;
	source->left = (size_t)status.st_size;
	source->last_byte = '\n';
	find_direct(source);
	return 0;
}

/* A read that takes all of the size, and had room for more, is the last. */
static int
read_some(struct source *source)
{
	const size_t room = BUFFER_SIZE - 1 - source->end, left = source->left;
	ssize_t result = read(source->file, source->buffer + source->end, room);
	size_t got = (size_t)result;

	if (result < 0)
		return end_before(source, source->next - 1);
	if (got > 0) {
		source->last_byte = source->buffer[source->end + got - 1];
		source->left -= got < left ? got : left;
		add(source, got);
	}
	if (got > 0 && (got == room || got != left))
		return 0;
	end_file(source);
	if (source->last_byte != '\n' && !source->ended) {
		source->buffer[source->end] = '\n';
		add(source, 1);
	}
	return 0;
}

/* Finds the beginning of the last line in the buffer. */
static void
hold_back(struct source *source)
{
	const char *piece = source->buffer, *found;

	source->last = source->end;
	if (source->direct > 0)
		source->in_line = false;
	if (source->direct > 0 || source->end == 0)
		return;
	found = memrchr(piece, '\n', source->end - 1);
	if (found)
		source->last = (size_t)(found + 1 - piece);
	else if (!source->in_line)
		source->last = 0;
	/* Is the end of the piece in a line that is not held back? */
	source->in_line =
	    source->last == source->end && piece[source->end - 1] != '\n';
}

int
source_fill(struct source *source)
{
	source->end -= source->start;
	memmove(source->buffer, source->buffer + source->start, source->end);
	source->start = 0;
	while (!source->ended && source->direct == 0 &&
	       source->end < BUFFER_SIZE - 1) {
		if (source->file < 0 && source->next == source->count)
			source->ended = true;
		else if ((source->file < 0 ? open_next(source)
					   : read_some(source)) < 0)
			return -1;
	}
	hold_back(source);
	source->begun = true;
	return source->end > 0 || source->direct > 0;
}

ssize_t
source_splice(struct source *source, int pipe)
{
	ssize_t moved = splice(
	    source->file, NULL, pipe, NULL, source->direct, SPLICE_F_NONBLOCK);

	if (moved > 0) {
		source->direct -= (size_t)moved;
		source->left -= (size_t)moved;
		return moved;
	}
	if (moved < 0 && errno == EINVAL)
		source->must_copy = true;
	else if (moved < 0 && errno != EAGAIN && errno != EINTR)
		return end_before(source, source->next - 1);
	else if (moved < 0)
		return -1;
	source->direct = 0;
	return 0;
}

void
source_release(struct source *source)
{
	source->last = source->end;
	source->in_line = source->buffer[source->end - 1] != '\n';
}

size_t
source_lines(const struct source *source)
{
	size_t left = SIZE_MAX;

	(void)pass_lines(source, source->start, &left);
	return SIZE_MAX - left;
}

size_t
source_estimate(const struct source *source)
{
	if (source->ended || source->next == 0)
		return source->end - source->start;
	return (source->end - source->start + source->left) / source->next *
	       source->count;
}
