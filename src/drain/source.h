/*
 * source.h: the lines of a part of some batches as one stream of bytes, in
 * pieces.
 *
 * Each batch ends with the end of a line: one that is missing is added.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "spool/batches.h"

/* Lines that follow each other. */
struct source_part {
	int folder;
	batch_name *names; /* the batches that have them, in order */
	size_t count;
	size_t skip;  /* lines of the first batch that are not in the part */
	size_t lines; /* in the part */
	size_t bytes; /* of it, about; 0 if this is not known */
	bool is_cut;  /* it ends before the last batch does */
};

struct source {
	char *buffer;      /* the piece is from `start` to below `end` */
	size_t start, end; /* move `start` as bytes are used */
	size_t last;       /* where the part's last line begins; or `end` */
	const struct source_part *part; /* borrowed */
	size_t next;                    /* the batch to open next */
	int file;                       /* the batch being read, or -1 */
	char last_byte;                 /* of what was read of it */
	size_t skip;                    /* lines that are left to be skipped */
	size_t before; /* lines that are left before the last one */
	bool in_last;  /* a part of the last line was read */
	bool ended;    /* ... and all of it, where the part is cut */
};

/* 0, or -1 and errno: no memory. */
int source_open(struct source *source, const struct source_part *part) MUST_USE;
void source_close(struct source *source);

/*
 * Reads the next piece, of 1 byte or more, when the last one is used up. 1, or
 * 0 at the end, or -1 and errno: a batch cannot be read to its end.
 */
int source_fill(struct source *source) MUST_USE;

#endif
