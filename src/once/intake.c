#include "once/intake.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define ROOM ((size_t)4 << 20)
#define PAGE ((size_t)64 << 10) /* a multiple of every size of a page */

int
intake_next(struct intake *intake, const char **line, size_t *size)
{
	const size_t left = intake->size - intake->at;
	const char *end;

	if (left == 0)
		return 0;
	*line = intake->text + intake->at;
	end = memchr(*line, '\n', left);
	if (!end)
		return 0;
	*size = (size_t)(end - *line);
	intake->at += *size + 1;
	intake->number++;
	return 1;
}

/*
 * Lines that did not fit are mapped again, with twice the room. A disk that
 * fails under a map kills the run, which then never happened.
 */
int
intake_read(struct intake *intake)
{
	const uint64_t at = intake->offset + intake->at;
	const uint64_t offset = at - at % PAGE,
		       left = intake->file_size - offset;
	size_t room = intake->at < PAGE ? 2 * intake->size : ROOM;
	void *text;

	if (at == intake->file_size)
		return 0;
	room = room < ROOM ? ROOM : room - room % PAGE;
	intake_free(intake);
	intake->offset = offset;
	intake->at = (size_t)(at - offset);
	room = left < room ? (size_t)left : room;
	text = mmap(NULL, room, PROT_READ, MAP_SHARED | MAP_POPULATE,
	    intake->file, (off_t)offset);
	if (text == MAP_FAILED)
		return -1;
	intake->text = text;
	intake->size = room;
	return 1;
}

void
intake_free(struct intake *intake)
{
	if (intake->text)
		(void)munmap(intake->text, intake->size);
	intake->text = NULL;
	intake->size = 0;
}
