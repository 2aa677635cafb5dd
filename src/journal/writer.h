/*
 * writer.h: appends to the files of a journal: a part of journal.c. The calls
 * may wait for a disk.
 */
#ifndef WRITER_H
#define WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attributes.h"

#define WRITER_PAGE 4096

struct writer {
	int spool; /* borrowed */
	int fd;    /* of the file of `day`, or -1 */
	int64_t day;
	uint64_t size; /* of that file, with what others have written before
			  it was opened or checked */
	bool has_begun_page; /* it appended the first byte of a file, or of a
				further WRITER_PAGE bytes */
};
void writer_init(struct writer *writer, int spool);
void writer_close(struct writer *writer);

/* Opens the folder of the journal. A descriptor, or -1 and errno; ENOENT: it is
   missing. */
int writer_folder(int spool) MUST_USE;

/* The same; makes it if it is missing, for everybody who may write to the
   spool. */
int writer_make_folder(int spool) MUST_USE;

/*
 * Opens the file of a day, unless it is open; makes it and its folder if they
 * are missing, for everybody who may write to the folder. 0, or -1 and errno.
 * EINVAL: something else has its name.
 */
int writer_open(struct writer *writer, int64_t day) MUST_USE;

/* Looks again at the file that is open. One that was removed is closed. */
void writer_check(struct writer *writer);

/* Appends to the file that is open, by one write(2): what it returned. */
ssize_t writer_append(
    struct writer *writer, const char *bytes, size_t size) MUST_USE;

#endif
