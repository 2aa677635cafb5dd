/*
 * intake.h: the lines of a file that does not change any more, each with an
 * end; some megabytes of it are mapped at a time. Zero-initialised but for
 * `file` and `file_size`.
 */
#ifndef INTAKE_H
#define INTAKE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

struct intake {
	int file;
	uint64_t file_size;
	uint64_t number; /* of the last line, from 1 */
	char *text;      /* mapped */
	uint64_t offset; /* of it, in the file */
	size_t at, size;
};

/*
 * The next line, without its end: 1; 0: intake_read has to read more, and those
 * from here on are gone then.
 */
int intake_next(struct intake *intake, const char **line, size_t *size);

/* 1; 0: there are no more; -1 and errno. */
int intake_read(struct intake *intake) MUST_USE;
void intake_free(struct intake *intake);

#endif
