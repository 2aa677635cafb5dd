/*
 * intake.h: the lines of a file, read some megabytes at a time.
 * Zero-initialised but for `file`.
 */
#ifndef INTAKE_H
#define INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

struct intake {
	int file;
	uint64_t number; /* of the last line, from 1 */
	char *text;      /* owned */
	size_t at, size, room;
	bool is_over;
};

/*
 * The next line, without its end: 1; 0: intake_read has to read more, and those
 * from here on are overwritten then.
 */
int intake_next(struct intake *intake, const char **line, size_t *size);

/* 1; 0: there are no more; -1 and errno. */
int intake_read(struct intake *intake) MUST_USE;
void intake_free(struct intake *intake);

#endif
