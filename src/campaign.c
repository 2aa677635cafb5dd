#include "campaign.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

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

/*
 * The new folder's name is not durable before the caller syncs the parent;
 * campaign_settle does.
 */
static int
open_or_make(int parent, const char *name, mode_t mode)
{
	int fd;

	fd = openat(parent, name, FOLDER);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (mkdirat(parent, name, mode) < 0 && errno != EEXIST)
		return -1;
	return openat(parent, name, FOLDER);
}

/* A missing or wrong tmp/ or new/ is a broken campaign, not an unknown one. */
static int
open_inner(struct campaign *campaign)
{
	mode_t mode = campaign->folder_stat.st_mode & 0777;

	campaign->tmp = open_or_make(campaign->folder, "tmp", mode);
	campaign->new = open_or_make(campaign->folder, "new", mode);
	if (campaign->tmp >= 0 && campaign->new >= 0 &&
	    fstat(campaign->new, &campaign->new_stat) == 0)
		return 0;
	if (errno == ENOENT || errno == ENOTDIR)
		errno = EIO;
	return -1;
}

int
campaign_open(int spool, const char *name, struct campaign *campaign)
{
	*campaign = (struct campaign){
	    .spool = spool, .folder = -1, .tmp = -1, .new = -1};
	campaign->folder = openat(spool, name, FOLDER);
	if (campaign->folder < 0) {
		if (errno == ELOOP)
			errno = ENOTDIR;
		return -1;
	}
	if (fstat(campaign->folder, &campaign->folder_stat) == 0 &&
	    open_inner(campaign) == 0)
		return 0;
	campaign_close(campaign);
	return -1;
}

static void
close_keeping_errno(int *fd)
{
	int error = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = error;
}

void
campaign_close(struct campaign *campaign)
{
	close_keeping_errno(&campaign->new);
	close_keeping_errno(&campaign->tmp);
	close_keeping_errno(&campaign->folder);
}

int
campaign_settle(const struct campaign *campaign)
{
	if (fsync(campaign->folder) < 0)
		return -1;
	return fsync(campaign->spool);
}

int
campaign_free_bytes(const struct campaign *campaign, uint64_t *bytes)
{
	struct statvfs file_system;

	if (fstatvfs(campaign->new, &file_system) < 0)
		return -1;
	*bytes = (uint64_t)file_system.f_bavail * file_system.f_frsize;
	return 0;
}
