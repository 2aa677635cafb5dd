/*
 * target.h: what an operator names as DIR or DIR/CAMPAIGN.
 *
 * A folder with default/ in it is a spool; another one with new/ in it is a
 * campaign. So is a folder of a spool that has no new/ yet, without batches. A
 * symbolic link is not a campaign; it may lead to a spool when it belongs to
 * root or the caller.
 */
#ifndef TARGET_H
#define TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/say.h"
#include "spool/campaign.h"

typedef char target_name[CAMPAIGN_NAME_MAX + 1];

struct targets {
	int folder; /* of the spool, or of the one campaign; owned */
	bool is_spool;
	target_name *names; /* what may be campaigns, sorted; owned */
	size_t count;
};

/* Why a path cannot be used. */
struct target_fault {
	int status;         /* EX_NOINPUT: it names nothing of the kind */
	char text[SAY_MAX]; /* a line for people, which names the path */
};

/*
 * Opens what PATH names: one campaign, or all of a spool. 0, or -1 and FAULT.
 * Free with targets_free when it is 0.
 */
int targets_open(const char *path, struct targets *targets,
    struct target_fault *fault) MUST_USE;
void targets_free(struct targets *targets);

/*
 * Opens the folder PATH. A symbolic link at its end is followed only when it
 * belongs to root or the caller. -1 and errno; EPERM also for such a link.
 */
int target_open_folder(const char *path) MUST_USE;

/* A campaign, open. Close it before the next one is opened: a spool may have
   more of them than a process may have descriptors. */
struct target {
	const char *name; /* in the targets */
	int folder;
};

enum target_state {
	TARGET_OPEN,
	TARGET_NONE,   /* it is not a campaign, or gone meanwhile */
	TARGET_CLOSED, /* it cannot be opened, see errno */
};
/* The name is set in any case. */
enum target_state target_open(const struct targets *targets, size_t index,
    struct target *target) MUST_USE;
void target_close(struct target *target);

#endif
