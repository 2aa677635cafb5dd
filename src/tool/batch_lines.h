/* batch_lines.h: the lines of an open batch, one by one. */
#ifndef BATCH_LINES_H
#define BATCH_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

/* {0} at first; the buffer serves one batch after another, and grows to the
   longest line. */
struct batch_lines {
	int file;     /* borrowed */
	char *buffer; /* owned: batch_lines_free */
	size_t room, start, end;
	bool ended; /* the file is */
};

/* From the place where FILE is. */
void batch_lines_begin(struct batch_lines *lines, int file);

/*
 * 1: LINE has SIZE bytes, without its end, until the next call; a last line may
 * have none. 0: there is no more. -1 and errno.
 */
int batch_lines_next(
    struct batch_lines *lines, const char **line, size_t *size) MUST_USE;
void batch_lines_free(struct batch_lines *lines);

#endif
