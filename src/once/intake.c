#include "once/intake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOM ((size_t)4 << 20)

int
intake_next(struct intake *intake, const char **line, size_t *size)
{
	const size_t left = intake->size - intake->at;
	const char *end;

	if (left == 0)
		return 0;
	*line = intake->text + intake->at;
	end = memchr(*line, '\n', left);
	/* The last line need not have an end. */
	if (!end && !intake->is_over)
		return 0;
	*size = end ? (size_t)(end - *line) : left;
	intake->at += *size + (end != NULL);
	intake->number++;
	return 1;
}

/* Makes room behind the line that has no end yet. 0, or -1 and errno. */
static int
make_room(struct intake *intake)
{
	const size_t left = intake->size - intake->at;
	char *grown;

	if (left > 0)
		memmove(intake->text, intake->text + intake->at, left);
	intake->at = 0;
	intake->size = left;
	if (left < intake->room)
		return 0;
	grown = realloc(intake->text, intake->room + ROOM);
	if (!grown)
		return -1;
	intake->text = grown;
	intake->room += ROOM;
	return 0;
}

int
intake_read(struct intake *intake)
{
	ssize_t size;

	if (intake->is_over)
		return 0;
	if (make_room(intake) < 0)
		return -1;
	while (intake->size < intake->room && !intake->is_over) {
		size = read(intake->file, intake->text + intake->size,
		    intake->room - intake->size);
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return -1;
		intake->size += (size_t)size;
		intake->is_over = size == 0;
	}
	return 1;
}

void
intake_free(struct intake *intake)
{
	free(intake->text);
}
