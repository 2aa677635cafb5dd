#include "spool/commit_batch.h"

#include <assert.h>
#include <errno.h>

static_assert(COMMIT_MAX_WAITING <= SPOOL_MAX_PIECES, "a group is one batch");

/* All lines of a group, and all that it sets aside. */
struct pieces {
	struct iovec lines[COMMIT_MAX_WAITING], aside[COMMIT_MAX_WAITING];
	int line_count, aside_count;
};

static void
gather(const struct commit_request *group, struct pieces *pieces)
{
	pieces->line_count = pieces->aside_count = 0;
	for (; group; group = group->next) {
		pieces->lines[pieces->line_count++] = group->lines;
		if (group->aside.iov_len > 0)
			pieces->aside[pieces->aside_count++] = group->aside;
	}
}

/* The names of the folders first: a batch in a folder that a power loss takes
   with it is not durable. */
static int
settle(struct commit_settled *settled, const struct campaign *campaign)
{
	if (settled->is_known && !campaign->made_folder &&
	    campaign_is_same(&settled->identity, &campaign->identity))
		return 0;
	settled->is_known = false;
	campaign_furnish(campaign);
	if (campaign_settle(campaign) < 0)
		return -1;
	/* Here, since a process whose requests name their spools has no other
	   time for it. */
	spool_sweep(campaign);
	settled->is_known = true;
	settled->identity = campaign->identity;
	return 0;
}

static bool
is_still_there(
    const struct campaign *campaign, const struct campaign_stat *stat)
{
	return campaign->identity.device == stat->device &&
	       campaign->identity.folder == stat->folder;
}

int
commit_batch(struct commit_settled *settled, struct spool_names *names,
    const struct commit_request *group)
{
	struct pieces pieces;
	struct spool_pieces lines, aside;
	struct campaign campaign;
	int error = 0;

	gather(group, &pieces);
	lines = (struct spool_pieces){pieces.lines, pieces.line_count};
	aside = (struct spool_pieces){pieces.aside, pieces.aside_count};
	if (campaign_open(group->spool, group->campaign, &campaign) < 0)
		return errno;
	if (!is_still_there(&campaign, &group->stat))
		error = ESTALE;
	else if (settle(settled, &campaign) < 0 ||
		 spool_commit(&campaign, names, &lines, &aside) < 0)
		error = errno;
	campaign_close(&campaign);
	return error;
}
