/*
 * source.h: the lines of several batches as one stream of bytes, in pieces.
 *
 * Each batch ends with the end of a line: one that is missing is added.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stddef.h>

#include "base/attributes.h"
#include "spool/batches.h"

struct source {
	char *buffer;      /* the piece is from `start` to below `end` */
	size_t start, end; /* move `start` as bytes are used */
	int folder;        /* borrowed, as are the names */
	batch_name *names;
	size_t count, next; /* the batch to open next */
	int file;           /* the batch being read, or -1 */
	char last;          /* byte of it that was read */
};

/* 0, or -1 and errno: no memory. */
int source_open(struct source *source, int folder, batch_name *names,
    size_t count) MUST_USE;
void source_close(struct source *source);

/*
 * Reads the next piece, of 1 byte or more, when the last one is used up. 1, or
 * 0 at the end, or -1 and errno: a batch cannot be read to its end.
 */
int source_fill(struct source *source) MUST_USE;

#endif
