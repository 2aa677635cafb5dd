/* blocks.h: what the tests of wide.h share. */
#ifndef BLOCKS_H
#define BLOCKS_H

#include "base/wide.h"
#include "edge.h"
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

#endif
