/*
 * say.h: messages for people on standard error, one line each:
 * "PROGRAM: MESSAGE".
 *
 * A message is one write(2), so that the lines of several processes that share
 * a log stay whole. A message that is too long is cut; its line still ends.
 * Names in it may be any bytes: see printable.h. errno is kept.
 */
#ifndef SAY_H
#define SAY_H

#include <limits.h>
#include <stdbool.h>

#include "base/attributes.h"

#define SAY_MAX (PATH_MAX + 512) /* bytes of a line: a path and its reason */

/* The name in front of each message, below 64 bytes; copied. main, once. */
void say_set_program(const char *name);

void say(const char *format, ...) PRINTF(1, 2);

/* The same for what needs no hurry. */
void say_warning(const char *format, ...) PRINTF(1, 2);

/* From now on TAKE gets all messages, in place of standard error: the text from
   the second word of the program's name on, without an end of the line. NULL:
   standard error again. */
void say_take(void (*take)(bool is_warning, const char *text));

/* Says a message and returns STATUS, for `return`. */
int say_fail(int status, const char *format, ...) PRINTF(2, 3);

#endif
