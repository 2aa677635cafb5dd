/*
 * scratch.h: files without a name, in $TMPDIR, or beside STATE without it. The
 * kernel frees them however this program ends.
 */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <stdint.h>

#include "base/attributes.h"

/* For reading and writing; the mode is 0600. A descriptor, or -1 and errno. */
int scratch_open(const char *beside) MUST_USE;

enum scratch_end {
	SCRATCH_DONE,
	SCRATCH_NOT_READ,    /* errno: FROM failed */
	SCRATCH_NOT_WRITTEN, /* errno: the file failed */
};

/* Copies all that FROM has, and an end of the last line if it has none. GROWN
   hears how many bytes the file has. */
enum scratch_end scratch_fill(int file, int from,
    void (*grown)(void *to, uint64_t size), void *to) MUST_USE;

/* Copies SIZE bytes of FROM, from its start, which do not change. 0, or -1 and
   errno. */
int scratch_copy(int file, int from, uint64_t size) MUST_USE;

#endif
