#include "drain/source.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

#define BUFFER_SIZE ((size_t)256 * 1024)

int
source_open(struct source *source, const struct source_part *part)
{
	*source = (struct source){.buffer = malloc(BUFFER_SIZE),
	    .part = part,
	    .file = -1,
	    .skip = part->skip,
	    .before = part->lines > 0 ? part->lines - 1 : 0};
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

/* Takes what is not in the part from a piece, maybe all of it, and finds the
   beginning of the last line. */
static void
trim(struct source *source)
{
	size_t one = 1;

	source->start = pass_lines(source, source->start, &source->skip);
	source->last = pass_lines(source, source->start, &source->before);
	if (source->last == source->end)
		return;
	if (source->part->is_cut) {
		source->end = pass_lines(source, source->last, &one);
		source->ended = one == 0;
	}
	if (source->in_last)
		source->last = source->end;
	source->in_last = true;
}

/* Reads of the batch being read. As source_fill; 0 at the batch's end. */
static int
read_piece(struct source *source)
{
	ssize_t got = read(source->file, source->buffer, BUFFER_SIZE);

	if (got < 0)
		return -1;
	source->start = 0;
	source->end = (size_t)got;
	if (got > 0) {
		source->last_byte = source->buffer[got - 1];
		return 1;
	}
	close(source->file);
	source->file = -1;
	if (source->last_byte == '\n')
		return 0;
	source->buffer[source->end++] = '\n';
	return 1;
}

int
source_fill(struct source *source)
{
	const struct source_part *part = source->part;
	int result;

	while (source->file >= 0 || source->next < part->count) {
		if (source->ended)
			return 0;
		if (source->file < 0) {
			source->file = batch_open(
			    part->folder, part->names[source->next++]);
			source->last_byte = '\n';
		}
		if (source->file < 0)
			return -1;
		result = read_piece(source);
		if (result < 0)
			return -1;
		if (result > 0)
			trim(source);
		if (result > 0 && source->start < source->end)
			return 1;
	}
	return 0;
}
