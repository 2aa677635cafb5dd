#include "spool/commit_batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* All lines of a group, and all that it sets aside. */
struct pieces {
	struct iovec few[COMMIT_MAX_WAITING], aside_few[COMMIT_MAX_WAITING];
	struct spool_pieces lines, aside; /* lines.all is `few`, or owned */
};

static void
add(struct spool_pieces *pieces, const struct iovec *more, size_t count)
{
	if (count == 0 || more->iov_len == 0)
		return;
	memcpy(pieces->all + pieces->count, more, count * sizeof *more);
	pieces->count += count;
}

/* 0, or -1 when there is no memory. */
static int
gather(const struct commit_request *group, struct pieces *pieces)
{
	const struct commit_request *request;
	size_t room = 0;

	for (request = group; request; request = request->next)
		room += 1 + request->piece_count;
	pieces->lines = (struct spool_pieces){pieces->few, 0};
	pieces->aside = (struct spool_pieces){pieces->aside_few, 0};
	if (room > COMMIT_MAX_WAITING)
		pieces->lines.all = malloc(room * sizeof(struct iovec));
	if (!pieces->lines.all)
		return -1;
	for (request = group; request; request = request->next) {
		add(&pieces->lines, &request->lines, 1);
		add(&pieces->lines, request->pieces, request->piece_count);
		add(&pieces->aside, &request->aside, 1);
	}
	return 0;
}

static void
release(struct pieces *pieces)
{
	if (pieces->lines.all != pieces->few)
		free(pieces->lines.all);
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
	struct campaign campaign;
	int error = 0;

	if (campaign_open(group->spool, group->campaign, &campaign) < 0)
		return errno;
	if (!is_still_there(&campaign, &group->stat))
		error = ESTALE;
	else if (settle(settled, &campaign) < 0 || gather(group, &pieces) < 0)
		error = errno;
	else {
		if (spool_commit(
			&campaign, names, &pieces.lines, &pieces.aside) < 0)
			error = errno;
		release(&pieces);
	}
	campaign_close(&campaign);
	return error;
}
