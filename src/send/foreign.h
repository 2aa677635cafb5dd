/*
 * foreign.h: what a file or a line is that has no profile, and the command that
 * makes profiles of it: a page of Mixpanel's Engage API, a list, JSON spread
 * over lines, compressed files and so on. It looks at a beginning alone.
 *
 * Both return a constant for people, or NULL.
 */
#ifndef FOREIGN_H
#define FOREIGN_H

#include <stddef.h>

/*
 * SIZE bytes are the beginning of a file, and the first LINE of them its first
 * line. Not NULL: no line of the file is a profile.
 */
const char *foreign_file(const char *start, size_t size, size_t line);

/* A line that is refused, or its beginning, without white space around it. */
const char *foreign_line(const char *line, size_t size);

#endif
