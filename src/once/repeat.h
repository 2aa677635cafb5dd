/*
 * repeat.h: the same lines once more, as a part of a batch: nobody leaves by a
 * sync.
 *
 * People who leave by a sync have no line in the spool. When the command
 * refuses one of them, drain would look for a bad line among lines that are
 * good, and put a good one into failed/.
 */
#ifndef REPEAT_H
#define REPEAT_H

#include <signal.h>
#include <stdint.h>

#include "base/attributes.h"

/*
 * Becomes this program again, after a message, with ARGV, the file INPUT of
 * LINES lines from its start, and the signals of BEFORE. STATE is closed.
 * Returns only if that fails: an exit code, after another message.
 */
int repeat_as_part(char **argv, const char *command, int input, uint64_t lines,
    const sigset_t *before) MUST_USE;

#endif
