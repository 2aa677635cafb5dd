/*
 * scratch.h: files without a name, in $TMPDIR, or beside STATE without it. The
 * kernel frees them however this program ends.
 */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <stdint.h>
#include <stdio.h>

#include "base/attributes.h"

#define SCRATCH_BUFFER ((size_t)1 << 16)

/* For reading and writing; the mode is 0600. BUFFER has SCRATCH_BUFFER bytes,
   and is in use until FILE is closed. NULL and errno. */
FILE *scratch_open(const char *beside, char *buffer);

/* Copies all that FROM has, and counts its lines, the last one without an end,
   too. FILE is at its start then. 0, or -1 and errno. */
int scratch_fill(FILE *file, int from, uint64_t *lines) MUST_USE;

/* Writes what is buffered, and goes to the start. 0, or -1 and errno. */
int scratch_rewind(FILE *file) MUST_USE;

#endif
