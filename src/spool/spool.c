#include "spool/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "spool/folder.h"
#include "spool/way.h"

const char *
spool_strerror(int error)
{
	return error == ENOTEMPTY
		   ? "it has other files and no campaign: give an empty folder"
		   : strerror(error);
}

static bool
has_entry(int folder, const char *name)
{
	struct stat status;

	return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool
is_empty(int folder)
{
	DIR *stream = folder_list(folder);
	bool empty = stream && !folder_next(stream) && errno == 0;

	if (stream)
		folder_close(stream);
	return empty;
}

enum entry { CAMPAIGN, NOTHING, FOREIGN };

static enum entry
judge_entry(int spool, const char *name)
{
	enum entry entry;
	int folder;

	/* mkfs(8) makes lost+found. */
	if (*name == '.' || !strcmp(name, "lost+found"))
		return NOTHING;
	folder = campaign_is_name(name) ? folder_open(spool, name) : -1;
	if (folder < 0)
		return FOREIGN;
	/* In this order: another process may be making the campaign. The first
	   that it makes in it is tmp/. */
	entry = is_empty(folder) ? NOTHING
		: has_entry(folder, "tmp") || has_entry(folder, "new")
		    ? CAMPAIGN
		    : FOREIGN;
	close(folder);
	return entry;
}

/* Has it a campaign, or nothing that is not one? A folder such as /etc, given
   by mistake, is not to become a spool. */
static bool
may_be_spool(int folder)
{
	enum entry entry = NOTHING;
	bool has_foreign = false;
	DIR *stream = folder_list(folder);
	const char *name;

	if (!stream)
		return false;
	while (entry != CAMPAIGN && (name = folder_next(stream))) {
		entry = judge_entry(folder, name);
		has_foreign |= entry == FOREIGN;
	}
	folder_close(stream);
	if (entry == CAMPAIGN || !has_foreign)
		return true;
	errno = ENOTEMPTY;
	return false;
}

int
spool_open(const char *path)
{
	struct stat status;
	int fd;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 &&
	    /* Of Debian's /etc/default it is not enough that it is there. */
	    (judge_entry(fd, CAMPAIGN_DEFAULT) != FOREIGN ||
		may_be_spool(fd)) &&
	    (mkdirat(fd, CAMPAIGN_DEFAULT, status.st_mode & 0777) == 0 ||
		errno == EEXIST))
		return fd;
	return fd_close(fd);
}

/* Opens aside/, and makes it when it is missing. Its name is synced each time:
   another process may have made it, and not synced it yet. */
static int
open_aside(const struct campaign *campaign)
{
	bool made;
	int fd = folder_open(campaign->folder, SPOOL_ASIDE);

	if (fd < 0 && errno == ENOENT)
		fd = folder_make(campaign->folder, SPOOL_ASIDE,
		    &campaign->folder_stat, &made);
	if (fd >= 0 && fsync(campaign->folder) < 0)
		return fd_close(fd);
	return fd;
}

/* Sets pieces aside, under the name of the batch that they belong to, or one of
   their own if nothing else came. */
static int
set_aside(struct way *aside, const struct way *batch,
    const struct campaign *campaign, struct spool_names *names,
    const struct spool_pieces *pieces)
{
	aside->to = open_aside(campaign);
	if (aside->to < 0 || way_begin(aside, campaign, names, pieces) < 0)
		return fd_close(aside->to);
	if (*batch->name)
		memcpy(aside->name, batch->name, sizeof aside->name);
	if (way_end(aside, campaign, names) < 0)
		return fd_close(aside->to);
	return 0;
}

int
spool_commit(const struct campaign *campaign, struct spool_names *names,
    struct spool_pieces *pieces, struct spool_pieces *aside_pieces)
{
	struct way batch = {.to = campaign->new}, aside = {.to = -1};
	const bool has_batch = pieces->count > 0;
	int result = 0;

	if (has_batch && way_begin(&batch, campaign, names, pieces) < 0)
		return -1;
	if (aside_pieces->count > 0 &&
	    set_aside(&aside, &batch, campaign, names, aside_pieces) < 0) {
		if (has_batch)
			way_give_up(&batch, campaign);
		return -1;
	}
	if (has_batch)
		result = way_end(&batch, campaign, names);
	memcpy(pieces->name, batch.name, sizeof pieces->name);
	memcpy(aside_pieces->name, aside.name, sizeof aside_pieces->name);
	if (aside.to >= 0) {
		if (result < 0)
			way_undo(&aside, campaign);
		fd_close(aside.to);
	}
	return result;
}

static bool
is_leftover(int folder, const char *name, time_t now)
{
	struct stat status;

	return spool_is_batch_name(name) &&
	       fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(status.st_mode) &&
	       now - status.st_mtime > SPOOL_LEFTOVER_AGE;
}

void
spool_sweep(const struct campaign *campaign)
{
	time_t now = time(NULL);
	const char *name;
	DIR *stream;

	stream = folder_list(campaign->tmp);
	if (!stream)
		return;
	while ((name = folder_next(stream)))
		if (is_leftover(campaign->tmp, name, now))
			unlinkat(campaign->tmp, name, 0);
	folder_close(stream);
}

void
spool_prepare(int spool)
{
	struct campaign campaign;
	const char *name;
	DIR *stream;

	stream = folder_list(spool);
	if (!stream)
		return;
	while ((name = folder_next(stream))) {
		if (!campaign_is_name(name) ||
		    campaign_open(spool, name, &campaign) < 0)
			continue;
		campaign_furnish(&campaign);
		spool_sweep(&campaign);
		campaign_close(&campaign);
	}
	folder_close(stream);
}
