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
	pieces->lines = (struct spool_pieces){.all = pieces->few};
	pieces->aside = (struct spool_pieces){.all = pieces->aside_few};
	if (room > COMMIT_MAX_WAITING)
		pieces->lines.all = malloc(room * sizeof(struct iovec));
	if (!pieces->lines.all)
		return -1;
	for (request = group; request; request = request->next) {
		add(&pieces->lines, &request->lines, 1);
		add(&pieces->lines, request->pieces, request->piece_count);
		add(&pieces->aside, &request->aside, 1);
		pieces->lines.lines += request->line_count;
		pieces->aside.lines += request->aside_count;
	}
	return 0;
}

static void
release(struct pieces *pieces)
{
	if (pieces->lines.all != pieces->few)
		free(pieces->lines.all);
}

void
commit_folders_close(struct commit_folders *folders)
{
	if (folders->is_open)
		campaign_close(&folders->campaign);
	folders->is_open = false;
}

/* 0, or -1 and errno: nothing is open. */
static int
open_folders(
    struct commit_folders *folders, const struct commit_request *request)
{
	if (folders->is_open && campaign_refresh(&folders->campaign,
				    request->spool, request->campaign))
		return 0;
	commit_folders_close(folders);
	folders->is_open = campaign_open(request->spool, request->campaign,
			       &folders->campaign) == 0;
	return folders->is_open ? 0 : -1;
}

/* The names of the folders first: a batch in a folder that a power loss takes
   with it is not durable. */
static int
settle(struct commit_folders *folders)
{
	struct campaign *campaign = &folders->campaign;

	if (folders->is_settled && !campaign->made_folder &&
	    campaign_is_same(&folders->identity, &campaign->identity))
		return 0;
	folders->is_settled = false;
	campaign_furnish(campaign);
	if (campaign_settle(campaign) < 0)
		return -1;
	/* Here, since a process whose requests name their spools has no other
	   time for it. */
	spool_sweep(campaign);
	folders->is_settled = true;
	folders->identity = campaign->identity;
	campaign->made_folder = false;
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
commit_batch(struct commit_folders *folders, struct spool_names *names,
    const struct commit_request *group, char name[SPOOL_NAME_SIZE])
{
	struct pieces pieces;
	int error = 0;

	*name = '\0';
	if (open_folders(folders, group) < 0)
		return errno;
	if (!is_still_there(&folders->campaign, &group->stat))
		return ESTALE;
	if (settle(folders) < 0 || gather(group, &pieces) < 0)
		return errno;
	if (spool_commit(
		&folders->campaign, names, &pieces.lines, &pieces.aside) < 0)
		error = errno;
	else
		memcpy(name,
		    *pieces.lines.name ? pieces.lines.name : pieces.aside.name,
		    SPOOL_NAME_SIZE);
	release(&pieces);
	return error;
}
