#include "once/intake.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#define ROOM ((size_t)4 << 20)
#define PAGE ((size_t)64 << 10) /* a multiple of every size of a page */

/* Waits for whole lines, as many as there are. */
static enum intake_result
find_lines(struct intake *intake)
{
	const uint64_t mapped = intake->offset + intake->size;
	uint64_t seen = intake->next, there;
	const char *end, *text;
	bool is_over = false;

	while (seen < mapped && !is_over) {
		there = reader_wait(intake->reader, seen, &is_over);
		if (there > mapped)
			there = mapped;
		text = intake->text + (seen - intake->offset);
		end = memrchr(text, '\n', (size_t)(there - seen));
		if (end) {
			intake->known = seen + (uint64_t)(end + 1 - text);
			return INTAKE_LINE;
		}
		seen = there;
	}
	return is_over && seen < mapped ? INTAKE_OVER : INTAKE_FULL;
}

enum intake_result
intake_next(struct intake *intake, const char **line, size_t *size)
{
	enum intake_result result = INTAKE_LINE;
	const char *end;

	if (intake->next == intake->known)
		result = find_lines(intake);
	if (result != INTAKE_LINE)
		return result;
	*line = intake->text + (intake->next - intake->offset);
	end = memchr(*line, '\n', (size_t)(intake->known - intake->next));
	*size = (size_t)(end - *line);
	intake->next += *size + 1;
	intake->number++;
	return INTAKE_LINE;
}

/*
 * Maps more than there is yet: the reader writes it. A line that does not fit
 * gets twice the room. A disk that fails under a map kills the run, which then
 * never happened.
 */
int
intake_turn(struct intake *intake)
{
	const uint64_t offset = intake->next - intake->next % PAGE;
	const size_t room = intake->size > 0 && offset == intake->offset
				? 2 * intake->size
				: ROOM;
	void *text;

	intake_free(intake);
	text = mmap(NULL, room, PROT_READ, MAP_SHARED, intake->reader->file,
	    (off_t)offset);
	if (text == MAP_FAILED)
		return -1;
	intake->offset = offset;
	intake->text = text;
	intake->size = room;
	return 0;
}

void
intake_free(struct intake *intake)
{
	if (intake->text)
		(void)munmap(intake->text, intake->size);
	intake->text = NULL;
	intake->size = 0;
}
