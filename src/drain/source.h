/*
 * source.h: the lines of a part of some batches as one stream of bytes, in
 * pieces.
 *
 * Each batch ends with the end of a line: one that is missing is added. The
 * last line is held back, so the stream is read a little further than it is
 * used. A large batch goes into a pipe without a copy, up to its last lines: a
 * batch is never changed.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/attributes.h"
#include "spool/batches.h"

/* Lines that follow each other. */
struct source_part {
	int folder;
	batch_name *names; /* the batches that have them, in order */
	size_t count;
	size_t skip;     /* lines of the first batch that are not in the part */
	size_t lines;    /* in the part */
	bool is_cut;     /* it ends before the last batch does */
	bool is_counted; /* else `lines` is a hint, and all batches are whole */
};

struct source {
	char *buffer;      /* the piece is from `start` to below `end` */
	size_t start, end; /* move `start` as bytes are used */
	size_t last;       /* from here on it is a line that may be the last */
	size_t direct;     /* bytes behind the piece, for source_splice */
	bool ended;        /* nothing follows the piece */
	size_t count;      /* of the batches that it has */
	int error;         /* why it does not have the next one of the part */
	const struct source_part *part; /* borrowed */
	size_t next;                    /* the batch to open next */
	int file;                       /* the batch being read, or -1 */
	bool must_copy;                 /* its file system has no splice(2) */
	size_t left;                    /* bytes of it, by its size */
	size_t begin;                   /* where it begins in the first piece */
	bool begun;                     /* there was a piece */
	char last_byte;                 /* of what was read of it */
	size_t skip;                    /* lines that are left to be skipped */
	size_t wanted; /* lines that are left of a part that is cut */
	bool in_line;  /* the piece begins in a line that was used in part */
};

/* 0, or -1 and errno: no memory. */
int source_open(struct source *source, const struct source_part *part) MUST_USE;
void source_close(struct source *source);

/*
 * Reads more, when the piece is used up to `last`, and nothing is direct. 1:
 * there is a piece now, of 1 byte or more, or bytes are direct behind it; all
 * of it may be held back, at the end or if a line is too long for the buffer.
 * 0: at the end. -1 and errno, also in `error`: the batch at `count` cannot be
 * read. If the first piece of a part that is not counted gets there, the stream
 * ends before that batch instead.
 */
int source_fill(struct source *source) MUST_USE;

/*
 * When the piece is used up: moves some of the direct bytes into a pipe. How
 * many: 0 if they have to be read after all; or -1 and errno, EAGAIN when the
 * pipe is full.
 */
ssize_t source_splice(struct source *source, int pipe) MUST_USE;

/* Gives out the line that is held back. */
void source_release(struct source *source);

/* How many lines end in the piece. */
size_t source_lines(const struct source *source);

/* About how many bytes are to come, with the piece. */
size_t source_estimate(const struct source *source);

#endif
