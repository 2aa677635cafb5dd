/*
 * day_file.h: the files of days in DIR/.journal, found and read line by line;
 * for the reading half of the journal. FOLDER is that folder's descriptor.
 */
#ifndef DAY_FILE_H
#define DAY_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "journal/entry.h"
#include "journal/journal.h"

#define DAY_FILE_BLOCK 65536

/* What is behind so many bytes of a file was not written by a journal: a hole
   of a terabyte is not read. */
#define DAY_FILE_MAX (4 * JOURNAL_DAY_MAX)

/*
 * The next day after DAY, or the last one before it, that has a file with this
 * suffix: 1 and *FOUND; 0: there is none; -1 and errno. -1 is before all days.
 */
int day_file_after(
    int folder, int64_t day, const char *suffix, int64_t *found) MUST_USE;
int day_file_before(
    int folder, int64_t day, const char *suffix, int64_t *found) MUST_USE;

/* A descriptor, or -1 and errno; EINVAL: it is not a regular file. */
int day_file_open(int folder, int64_t day, const char *suffix) MUST_USE;

struct day_file {
	int64_t day;
	int fd;      /* -1: the file is missing, or not a regular one */
	uint64_t at; /* bytes read so far, also of lines that are not whole */
	size_t line_max;
	char *block; /* owned, with what is read from START to END */
	size_t start, end;
	bool skips; /* the rest of a line that is too long */
};

/*
 * Begins to read a file, whose lines have up to LINE_MAX bytes, their ends
 * included; longer ones are skipped. 0, also without such a file; or -1 and
 * errno. Followed by day_file_end, which keeps errno.
 */
int day_file_begin(struct day_file *file, int folder, int64_t day,
    const char *suffix, size_t line_max) MUST_USE;
void day_file_end(struct day_file *file);

/* The next line that has its end, without that, valid until the next call: 1;
   0: none yet; -1 and errno. */
int day_file_next(struct day_file *file, struct entry_text *line) MUST_USE;

/* Begins again if the file was replaced, or made shorter: 1; 0: it was not; -1
   and errno. */
int day_file_renew(
    struct day_file *file, int folder, const char *suffix) MUST_USE;

#endif
