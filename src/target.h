/*
 * target.h: what an operator names as DIR or DIR/CAMPAIGN.
 *
 * A folder with default/ in it is a spool, another one with new/ in it is a
 * campaign. A folder of a spool that has no new/ yet is a campaign too, without
 * batches.
 */
#ifndef TARGET_H
#define TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"
#include "campaign.h"

struct target {
	char name[CAMPAIGN_NAME_MAX + 1]; /* of the campaign */
	int folder;                       /* of the campaign, owned */
};

struct targets {
	struct target *list; /* owned, sorted by name */
	size_t count;
	bool incomplete; /* one cannot be opened, and that was said */
};

/*
 * The campaigns that PATH names: one, or all of a spool. 0, or an exit code
 * after a line on standard error. Free with targets_free, which closes them.
 */
int targets_open(const char *path, struct targets *targets) MUST_USE;
void targets_free(struct targets *targets);

#endif
