#include "journal/reader.h"

#include <errno.h>
#include <stdlib.h>

#include "journal/day.h"
#include "journal/day_file.h"

/*
 * The last day, and the one before it: around midnight one process may still
 * write to it when another one writes to the new one, and a clock may be set
 * back.
 */
#define FILES 2

struct reader {
	int folder;
	int64_t from_ms;
	struct day_file files[FILES];
	size_t count;
	struct entry_text line;
};

struct reader *
reader_open(int folder, int64_t from_ms)
{
	struct reader *reader = calloc(1, sizeof *reader);

	if (!reader)
		return NULL;
	reader->folder = folder;
	reader->from_ms = from_ms;
	return reader;
}

void
reader_close(struct reader *reader)
{
	const int error = errno;
	size_t i;

	if (!reader)
		return;
	for (i = 0; i < reader->count; i++)
		day_file_end(&reader->files[i]);
	free(reader);
	errno = error;
}

/* As reader_next, of one file. */
static int
read_file(
    struct reader *reader, struct day_file *file, struct journal_entry *entry)
{
	int result;

	do {
		while ((result = day_file_next(file, &reader->line)) > 0)
			if (entry_read(
				reader->line.start, reader->line.size, entry) &&
			    entry->at_ms >= reader->from_ms)
				return 1;
		if (result == 0)
			result =
			    day_file_renew(file, reader->folder, DAY_LINES);
	} while (result > 0);
	return result;
}

/* The first day behind those that are open, or between them, as when a clock
   that was ahead has left one: 1; 0: there is none yet; -1 and errno. */
static int
find_next(const struct reader *reader, int64_t *day)
{
	int found = 1;
	size_t i;

	*day = reader->count > 0 ? reader->files[0].day
				 : day_of(reader->from_ms) - 1;
	for (i = 0; i < FILES && found > 0; i++) {
		found = day_file_after(reader->folder, *day, DAY_LINES, day);
		if (found > 0 && (i + 1 >= reader->count ||
				     *day != reader->files[i + 1].day))
			break;
	}
	return found;
}

/* Goes on with the next day: 1; 0: there is none yet; -1 and errno. */
static int
advance(struct reader *reader)
{
	struct day_file next, *last;
	int64_t day;
	int found = find_next(reader, &day);

	if (found <= 0)
		return found;
	if (day_file_begin(&next, reader->folder, day, DAY_LINES, ENTRY_SIZE) <
	    0)
		return -1;
	if (reader->count == FILES) {
		day_file_end(&reader->files[0]);
		reader->files[0] = reader->files[--reader->count];
	}
	last = &reader->files[reader->count++];
	*last = next;
	if (last > reader->files && last[-1].day > next.day) {
		*last = last[-1];
		last[-1] = next;
	}
	return 1;
}

int
reader_next(struct reader *reader, struct journal_entry *entry)
{
	int result;
	size_t i;

	if (reader->folder < 0)
		return 0;
	do {
		for (i = 0; i < reader->count; i++) {
			result = read_file(reader, &reader->files[i], entry);
			if (result != 0)
				return result;
		}
		result = advance(reader);
	} while (result > 0);
	return result;
}

struct entry_text
reader_line(const struct reader *reader)
{
	return reader->line;
}
