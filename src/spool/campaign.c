#include "spool/campaign.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "spool/folder.h"
#include "spool/lock.h"

static bool
is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

bool
campaign_is_name(const char *name)
{
	size_t i;

	if (!is_alphanumeric(name[0]))
		return false;
	for (i = 1; name[i]; i++)
		if (i == CAMPAIGN_NAME_MAX ||
		    (!is_alphanumeric(name[i]) && !strchr("_-", name[i])))
			return false;
	return true;
}

int
campaign_stat(int spool, const char *name, struct campaign_stat *stat)
{
	struct statvfs file_system;
	struct stat status;
	int folder = folder_open(spool, name);

	if (folder < 0 || fstat(folder, &status) < 0 ||
	    fstatvfs(folder, &file_system) < 0)
		return fd_close(folder);
	close(folder);
	stat->device = status.st_dev;
	stat->folder = status.st_ino;
	stat->free_bytes =
	    (uint64_t)file_system.f_bavail * file_system.f_frsize;
	/* btrfs, and others that make inodes as they need them, report none. */
	stat->free_files =
	    file_system.f_files > 0 ? file_system.f_favail : UINT64_MAX;
	return 0;
}

/* A missing or wrong tmp/ or new/ is a broken campaign, not an unknown one. */
static int
open_inner(struct campaign *campaign, const char *name)
{
	int fd = folder_open(campaign->folder, name);
	bool made;

	if (fd < 0 && errno == ENOENT) {
		/* Another process may be faster, but may not have synced it. */
		campaign->made_folder = true;
		fd = folder_make(
		    campaign->folder, name, &campaign->folder_stat, &made);
	}
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		errno = EIO;
	return fd;
}

/* By the names tmp/ and new/ in a folder, or as AT_EMPTY_PATH by descriptors of
   them. */
static int
identify(int tmp, const char *tmp_name, int new, const char *new_name,
    int flags, struct campaign_identity *identity)
{
	struct stat tmp_stat;
	struct statx new_stat;

	if (fstatat(tmp, tmp_name, &tmp_stat, flags) < 0 ||
	    statx(new, new_name, flags, STATX_INO | STATX_BTIME, &new_stat) < 0)
		return -1;
	identity->tmp_device = tmp_stat.st_dev;
	identity->tmp = tmp_stat.st_ino;
	identity->new_device =
	    (uint64_t)new_stat.stx_dev_major << 32 | new_stat.stx_dev_minor;
	identity->new = new_stat.stx_ino;
	if (new_stat.stx_mask & STATX_BTIME)
		identity->born =
		    new_stat.stx_btime.tv_sec * INT64_C(1000000000) +
		    new_stat.stx_btime.tv_nsec;
	return 0;
}

bool
campaign_is_same(
    const struct campaign_identity *one, const struct campaign_identity *other)
{
	return one->device == other->device && one->folder == other->folder &&
	       one->tmp_device == other->tmp_device && one->tmp == other->tmp &&
	       one->new_device == other->new_device && one->new == other->new &&
	       one->born == other->born;
}

bool
campaign_refresh(struct campaign *campaign, int spool, const char *name)
{
	struct stat status;
	struct campaign_identity identity = {0};

	if (fstatat(spool, name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
	    identify(campaign->folder, "tmp", campaign->folder, "new",
		AT_SYMLINK_NOFOLLOW, &identity) < 0)
		return false;
	identity.device = status.st_dev;
	identity.folder = status.st_ino;
	if (!campaign_is_same(&identity, &campaign->identity))
		return false;
	campaign->spool = spool;
	campaign->folder_stat = status;
	return true;
}

int
campaign_open(int spool, const char *name, struct campaign *campaign)
{
	*campaign = (struct campaign){
	    .spool = spool, .folder = -1, .tmp = -1, .new = -1};
	campaign->folder = folder_open(spool, name);
	if (campaign->folder >= 0 &&
	    fstat(campaign->folder, &campaign->folder_stat) == 0 &&
	    (campaign->tmp = open_inner(campaign, "tmp")) >= 0 &&
	    (campaign->new = open_inner(campaign, "new")) >= 0 &&
	    identify(campaign->tmp, "", campaign->new, "", AT_EMPTY_PATH,
		&campaign->identity) == 0) {
		campaign->identity.device = campaign->folder_stat.st_dev;
		campaign->identity.folder = campaign->folder_stat.st_ino;
		return 0;
	}
	campaign_close(campaign);
	return -1;
}

void
campaign_close(struct campaign *campaign)
{
	(void)fd_close(campaign->new);
	(void)fd_close(campaign->tmp);
	(void)fd_close(campaign->folder);
	campaign->new = campaign->tmp = campaign->folder = -1;
}

void
campaign_furnish(const struct campaign *campaign)
{
	static const char *const states[] = {"failed", "done", "aside"};
	size_t i;
	bool made;

	/* Each on its own: a full disk may have had room for some of them. */
	(void)!lock_make(campaign->folder);
	for (i = 0; i < sizeof states / sizeof *states; i++)
		(void)fd_close(folder_make(campaign->folder, states[i],
		    &campaign->folder_stat, &made));
}

int
campaign_settle(const struct campaign *campaign)
{
	if (fsync(campaign->folder) < 0)
		return -1;
	return fsync(campaign->spool);
}
