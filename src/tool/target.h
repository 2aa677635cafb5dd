/*
 * target.h: what an operator names as DIR or DIR/CAMPAIGN.
 *
 * A folder with default/ in it is a spool, another one with new/ in it is a
 * campaign. A folder of a spool that has no new/ yet is a campaign too, without
 * batches. A symbolic link is no campaign; it may lead to a
 * spool when it is root's or the caller's.
 */
#ifndef TARGET_H
#define TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "spool/campaign.h"

typedef char target_name[CAMPAIGN_NAME_MAX + 1];

struct targets {
	int folder; /* of the spool, or of the one campaign; owned */
	bool is_spool;
	target_name *names; /* what may be campaigns, sorted; owned */
	size_t count;
};

/*
 * What PATH names: one campaign, or all of a spool. 0, or an exit code after a
 * line on standard error: EX_NOINPUT when nothing of the kind is there. Free
 * with targets_free.
 */
int targets_open(const char *path, struct targets *targets) MUST_USE;
void targets_free(struct targets *targets);

/* A campaign, open; a spool may have more of them than a process descriptors,
   so it is to be closed before the next one is opened. */
struct target {
	const char *name; /* in the targets */
	int folder;
};

enum target_state {
	TARGET_OPEN,
	TARGET_NONE,   /* it is no campaign, or gone meanwhile */
	TARGET_CLOSED, /* it cannot be opened, and that was said */
};
/* The name is set in any case. */
enum target_state target_open(const struct targets *targets, size_t index,
    struct target *target) MUST_USE;
void target_close(struct target *target);

#endif
