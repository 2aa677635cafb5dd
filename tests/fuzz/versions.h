/*
 * versions.h: for the targets that read a body: which version of base/wide.h
 * takes an input. The linker gives them wide_best (tests.mk).
 */
#ifndef VERSIONS_H
#define VERSIONS_H

#include <stddef.h>

#include "base/wide.h"

static const struct wide *version;

const struct wide *__wrap_wide_best(void);

const struct wide *
__wrap_wide_best(void)
{
	return version;
}

/* By the size of an input, so that it always meets the same version. */
static inline void
version_choose(size_t size)
{
	const struct wide *versions[WIDE_VERSIONS];
	const size_t count = wide_versions(versions);

	version = versions[size % count];
}

#endif
