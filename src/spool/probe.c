#include "spool/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "spool/way.h"

/* Between mounts a rename fails (EXDEV), be they of one device. */
static int
check_mounts(const struct campaign *campaign)
{
	struct statx from, to;

	if (statx(campaign->tmp, "", AT_EMPTY_PATH, STATX_MNT_ID, &from) < 0 ||
	    statx(campaign->new, "", AT_EMPTY_PATH, STATX_MNT_ID, &to) < 0)
		return -1;
	if (from.stx_dev_major == to.stx_dev_major &&
	    from.stx_dev_minor == to.stx_dev_minor &&
	    (!(from.stx_mask & to.stx_mask & STATX_MNT_ID) ||
		from.stx_mnt_id == to.stx_mnt_id))
		return 0;
	errno = EXDEV;
	return -1;
}

/* The kernel looks at the rights first, and then whether the file system has
   files without names: NFS has none. */
static int
check_rights(int folder)
{
	const int fd =
	    openat(folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	if (fd >= 0)
		return close(fd);
	return errno == EOPNOTSUPP || errno == EISDIR ? 0 : -1;
}

static int
check_new(const struct campaign *campaign)
{
	if (check_mounts(campaign) < 0 || check_rights(campaign->new) < 0)
		return -1;
	return fsync(campaign->new);
}

/* Keeps the errno of a RESULT that is -1. */
static int
remove_file(const struct campaign *campaign, const char *name, int result)
{
	const int error = errno;

	if (unlinkat(campaign->tmp, name, 0) < 0 && result == 0)
		return -1;
	errno = error;
	return result;
}

int
probe_commit(const struct campaign *campaign, struct spool_names *names)
{
	struct way way = {.to = campaign->tmp};
	char blank[PROBE_SIZE];
	struct iovec piece = {blank, sizeof blank};
	const struct spool_pieces pieces = {.all = &piece, .count = 1};

	memset(blank, '\n', sizeof blank);
	if (way_begin(&way, campaign, names, &pieces) < 0)
		return -1;
	if (spool_names_next(names, 0, way.name) < 0)
		return remove_file(campaign, way.tmp_name, -1);
	if (way_end(&way, campaign, names) < 0)
		return -1;
	return remove_file(campaign, way.name, check_new(campaign));
}
