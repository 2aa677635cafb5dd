/*
 * scratch.h: files without a name, in $TMPDIR, or beside STATE without it. The
 * kernel frees them however this program ends.
 */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <stdint.h>
#include <stdio.h>

#include "base/attributes.h"

/* For reading and writing, with a buffer; the mode is 0600. NULL and errno. */
FILE *scratch_open(const char *beside);

/* Copies all that FROM has, and counts its lines, the last one without an end,
   too. FILE is at its start then. 0, or -1 and errno. */
int scratch_fill(FILE *file, int from, uint64_t *lines) MUST_USE;

/* Writes what is buffered, and goes to the start. 0, or -1 and errno. */
int scratch_rewind(FILE *file) MUST_USE;

#endif
