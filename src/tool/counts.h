/* counts.h: what is in the folders of one campaign, and their disk. */
#ifndef COUNTS_H
#define COUNTS_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/attributes.h"
#include "tool/target.h"

struct counts {
	const char *name;
	uint64_t batches, users, bytes, failed, done, leftovers;
	uint64_t aside;        /* elements, which are lines */
	time_t oldest, newest; /* of the batches; 0 without any */
	time_t latest; /* of all batches, whatever became of them, up to now */
	time_t made;   /* when the campaign was made; 0: unknown */
	uint64_t free_bytes, free_files; /* as in campaign_stat */
	char **foreign; /* names in new/ that are not batches; owned */
	size_t foreign_count;
};

/*
 * Reads every batch of the campaign to count its users. 0, or -1 and errno.
 * Free with counts_free in both cases.
 */
int counts_read(const struct target *target, struct counts *counts) MUST_USE;
void counts_free(struct counts *counts);

#endif
