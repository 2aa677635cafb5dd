/* The writing half of journal.h. */
#include <errno.h>
#include <string.h>

#include "journal/day.h"
#include "journal/journal_inside.h"

static bool
count(void *context, const struct journal_entry *entry)
{
	struct journal *journal = context;

	if (entry->kind != ENTRY_REQUEST)
		return false;
	pthread_mutex_lock(&journal->mutex);
	minutes_add(&journal->minutes, entry);
	pthread_mutex_unlock(&journal->mutex);
	return true;
}

/* A part of a line that was written stays, with an end of its own; the next
   write has the whole line again. */
static size_t
whole_lines(const char *lines, size_t size)
{
	const char *end = size > 0 ? memrchr(lines, '\n', size) : NULL;

	return end ? (size_t)(end - lines) + 1 : 0;
}

/* Writes the lines of the first day, of this size. 0, or -1: some are left. */
static int
write_lines(struct journal *journal, size_t size)
{
	struct block *block = journal->leaving;
	const size_t before = journal->is_torn ? 1 : 0;
	ssize_t written;
	size_t whole;

	written = writer_append(
	    &journal->writer, block_lines(block) - before, before + size);
	if (written <= 0)
		return -1; /* a write of some bytes never returns 0 */
	whole = whole_lines(block_lines(block), (size_t)written - before);
	journal->is_torn = whole < (size_t)written - before;
	if (whole > 0)
		block_remove(block, 0, whole);
	if (whole == size)
		return 0;
	errno = ENOSPC; /* as a rule; the next try has the reason */
	return -1;
}

/* The same, within the limits of a day's file. */
static int
write_day(struct journal *journal)
{
	struct block *block = journal->leaving;
	struct writer *writer = &journal->writer;
	const int64_t day = block->parts[0].day;

	if (writer->day != day)
		journal->is_torn = false;
	if (writer_open(writer, day) < 0)
		return -1;
	if (writer->size >= 2 * JOURNAL_DAY_MAX)
		block_remove(block, 0, block->parts[0].size);
	else if (writer->size >= JOURNAL_DAY_MAX)
		block_sift(block, count, journal);
	if (block->size == 0 || block->parts[0].day != day)
		return 0;
	return write_lines(journal, block->parts[0].size);
}

/* Only lines of today are left: a file of another day that cannot be written
   must not keep back what follows. */
int
journal_write(struct journal *journal)
{
	struct block *block = journal->leaving;

	while (block->size > 0) {
		if (write_day(journal) == 0)
			continue;
		if (block->parts[0].day == day_of(day_now_ms()))
			return -1;
		block_remove(block, 0, block->parts[0].size);
	}
	return 0;
}
