/* blocks.h: what the tests of wide.h share. */
#ifndef BLOCKS_H
#define BLOCKS_H

#include <stdlib.h>
#include <string.h>

#include "base/wide.h"
#include "unit.h"

/* Several blocks of each version, and a little more than one. */
#define SIZE_MAX_TRIED 200
#define AROUND_BLOCKS 70

static const struct wide *versions[WIDE_VERSIONS];
static size_t version_count;

static int
find_versions(void **state)
{
	(void)state;
	version_count = wide_versions(versions);
	return 0;
}

/* Owned, and without a byte to spare, so that a sanitizer sees overruns. */
static char *
copy_of(const char *text, size_t size)
{
	char *copy = malloc(size + !size);

	assert_non_null(copy);
	memcpy(copy, text, size);
	return copy;
}

#endif
