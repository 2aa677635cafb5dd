/* extent.h: the lines of a run, numbered from 0 over all of its batches. */
#ifndef EXTENT_H
#define EXTENT_H

#include "drain/source.h"

struct extent {
	int folder;        /* new/; borrowed */
	batch_name *names; /* owned, as are the ends */
	size_t *ends;      /* the number of the line behind each batch */
	size_t count;
};

/*
 * Counts the lines of batches; one that is gone is left out. 0, or -1 and
 * errno. Free it with extent_free when it is 0.
 */
int extent_open(struct extent *extent, int folder, batch_name *names,
    size_t count) MUST_USE;
void extent_free(struct extent *extent);

/* How many lines there are, and the number of a batch's first. */
size_t extent_lines(const struct extent *extent);
size_t extent_start(const struct extent *extent, size_t batch);

/* The lines FROM to below TO, which are one at least. */
struct source_part extent_part(
    const struct extent *extent, size_t from, size_t to);

#endif
