/*
 * intake.h: the lines of a file that a reader fills; some megabytes of it are
 * mapped at a time. Zero-initialised but for `reader`.
 */
#ifndef INTAKE_H
#define INTAKE_H

#include <stddef.h>
#include <stdint.h>

#include "once/reader.h"

struct intake {
	struct reader *reader;
	uint64_t number; /* of the last line, from 1 */
	char *text;      /* mapped */
	size_t size;
	/* In the file: the text; the next line; the end of those that are known
	   to be there. */
	uint64_t offset, next, known;
};

enum intake_result {
	INTAKE_LINE,
	INTAKE_FULL, /* no whole line is left in what is mapped */
	INTAKE_OVER  /* there are no more, or the reader has failed */
};

/* Waits for the next line, and finds it, without its end. */
enum intake_result intake_next(
    struct intake *intake, const char **line, size_t *size);

/* Maps what comes next; the lines before are gone. 0, or -1 and errno. */
int intake_turn(struct intake *intake) MUST_USE;
void intake_free(struct intake *intake);

#endif
