/*
 * usual.h: lines as the receiver writes them, read in one pass: without escapes
 * and white space. line.h reads all others.
 */
#ifndef USUAL_H
#define USUAL_H

#include <stdbool.h>

#include "once/line.h"

/*
 * Reads a user of the form, or a member of the cohort LAST, see line_read:
 * `line` has its kind, id, properties and cohort. False: the line is another
 * one, or wrong.
 */
bool usual_read(
    const char *text, size_t size, struct line_value last, struct line *line);

#endif
