/*
 * marks.h: a JSON text, and where its strings have bytes that need a look:
 * quotes, backslashes and control characters (`mark` in base/wide.h). A window
 * of it is marked at a time.
 *
 * The marks of a window stay right while the text is mended: no quote and no
 * backslash of a string changes, and nothing in front of the reader.
 *
 * The last byte of an object or list is a bracket, and in a text that is one,
 * only white space is behind it. So a reader that stops at the text's last
 * bracket needs no look at where the text ends, except behind a bracket.
 */
#ifndef MARKS_H
#define MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wide.h"

#define MARKS_WINDOW ((size_t)4096) /* bytes */

struct marks {
	const char *end; /* of the text */
	/* Its last byte but white space, a '}' or ']'; NULL: it has another
	   one, or is not UTF-8, and is no JSON. */
	const char *last;
	const struct wide *wide;
	const char *window; /* its first byte */
	size_t size;        /* bytes of it */
	uint64_t bits[MARKS_WINDOW / WIDE_MARKS + 1];
};

/* The text from START to END, which both stay the caller's. */
void marks_open(struct marks *marks, const char *start, const char *end);

/* As marks_find, where P is in no window, or no byte of its word is left. */
const char *marks_find_far(struct marks *marks, const char *p);

/* The first byte at P or behind it that has a mark, or the last bracket, behind
   which P is not. */
static inline const char *
marks_find(struct marks *marks, const char *p)
{
	const size_t at = (size_t)(p - marks->window);
	uint64_t found;

	if (at >= marks->size)
		return marks_find_far(marks, p);
	found = marks->bits[at / WIDE_MARKS] >> at % WIDE_MARKS;
	return found ? p + (unsigned)__builtin_ctzll(found)
		     : marks_find_far(marks, p);
}

#endif
