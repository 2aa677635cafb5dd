/*
 * printable.h: text from outside, such as a file's name, for people.
 *
 * Control characters would reach a terminal or break a line of a log; so would
 * what reverses the direction of text. Each byte of those and of what is not
 * UTF-8 becomes \xHH. A backslash stays one.
 */
#ifndef PRINTABLE_H
#define PRINTABLE_H

#include <stddef.h>

/*
 * Copies SIZE bytes of TEXT to TO, which has ROOM bytes, 1 or more, and ends it
 * with a NUL. What does not fit is cut, never in a character. Returns the
 * copy's length.
 */
size_t printable_copy(char *to, size_t room, const char *text, size_t size);

#endif
