/*
 * backlog.h: what is in the folders of a campaign, by names alone: no batch is
 * opened, and after so many names the counting ends.
 */
#ifndef BACKLOG_H
#define BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "spool/spool_names.h"

struct backlog_folder {
	uint64_t batches;
	uint64_t lines; /* by spool_name_lines */
	/* Some names do not say how many lines, so there are more. */
	bool has_more_lines;
	bool has_more; /* batches: the counting ended before them */
	/* Of those counted; empty: none. */
	char oldest[SPOOL_NAME_SIZE], newest[SPOOL_NAME_SIZE];
};

struct backlog {
	struct backlog_folder new, failed, aside;
};

/*
 * Looks at up to MAX names of each folder of CAMPAIGN. A folder that is missing
 * is empty. 0, or -1 and errno.
 */
int backlog_read(int spool, const char *campaign, size_t max,
    struct backlog *backlog) MUST_USE;

#endif
