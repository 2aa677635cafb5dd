#include "tool/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/say.h"
#include "spool/folder.h"
#include "tool/target.h"

/* EPERM, for root or the owner: the file system cannot. */
static bool
is_of_file_system(int fd)
{
	const int error = errno;
	struct stat status;
	bool may = geteuid() == 0 ||
		   (fstat(fd, &status) == 0 && status.st_uid == geteuid());

	errno = error;
	return error == EPERM && may;
}

/*
 * The group first: chown takes the set-group-ID bit away. vfat refuses what it
 * cannot keep, or with "quiet" forgets it. *NOW gets the mode that it has then.
 */
static int
rights_set(const struct rights *rights, int fd, mode_t mode, mode_t *now)
{
	struct stat status;

	if (rights->group != (gid_t)-1 &&
	    fchown(fd, (uid_t)-1, rights->group) < 0 && !is_of_file_system(fd))
		return -1;
	if (fchmod(fd, mode) < 0 && !is_of_file_system(fd))
		return -1;
	if (fstat(fd, &status) < 0)
		return -1;
	*now = status.st_mode & 07777;
	if (rights->anyway ||
	    (*now == mode &&
		(rights->group == (gid_t)-1 || rights->group == status.st_gid)))
		return 0;
	errno = ENOTSUP;
	return -1;
}

/* After it was opened, or not, with errno. */
static int
rights_finish(const struct rights *rights, struct rights_folder *folder)
{
	struct stat status;

	if (folder->fd < 0 || fstat(folder->fd, &status) < 0)
		return -1;
	folder->mode = status.st_mode & 07777;
	if (!folder->made && !rights->repair)
		return 0;
	return rights_set(rights, folder->fd, rights->mode, &folder->mode_now);
}

int
rights_make_folder(const struct rights *rights, int parent, const char *name,
    struct rights_folder *folder)
{
	int error;

	folder->made = mkdirat(parent, name, 0700) == 0;
	if (!folder->made && errno != EEXIST)
		return -1;
	folder->fd = parent == AT_FDCWD ? target_open_folder(name)
					: folder_open(parent, name);
	if (rights_finish(rights, folder) == 0)
		return 0;
	error = errno;
	/* Or the next run would find it, and leave it with a wrong mode. */
	if (folder->made)
		unlinkat(parent, name, AT_REMOVEDIR);
	return fd_close_error(folder->fd, error);
}

int
rights_repair_folder(const struct rights *rights, int campaign,
    const char *name, struct rights_folder *folder)
{
	folder->made = false;
	folder->fd = folder_open(campaign, name);
	if (folder->fd < 0 && errno == ENOENT)
		return 0;
	if (rights_finish(rights, folder) < 0)
		return fd_close(folder->fd);
	close(folder->fd);
	return 1;
}

/* A lock of another user that is as it should be needs no rights of ours. */
static bool
needs_repair(
    const struct rights *rights, const struct stat *status, mode_t mode)
{
	return (status->st_mode & 07777) != mode ||
	       (rights->group != (gid_t)-1 && status->st_gid != rights->group);
}

int
rights_repair_lock(
    const struct rights *rights, int campaign, struct rights_folder *lock)
{
	const mode_t mode = rights->mode & 0660;
	struct stat status;
	int result;

	lock->fd = openat(
	    campaign, "lock", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	/* If it is no regular file, a drain will say so. */
	if (lock->fd < 0)
		return errno == ENOENT || errno == ELOOP || errno == ENXIO ? 0
									   : -1;
	if (fstat(lock->fd, &status) < 0)
		return fd_close(lock->fd);
	lock->mode = status.st_mode & 07777;
	result = S_ISREG(status.st_mode) && status.st_nlink == 1 &&
		 needs_repair(rights, &status, mode);
	if (result > 0 &&
	    rights_set(rights, lock->fd, mode, &lock->mode_now) < 0)
		return fd_close(lock->fd);
	close(lock->fd);
	return result;
}

int
rights_find_group(const char *name, gid_t *id)
{
	const struct group *group;

	errno = 0;
	group = getgrnam(name);
	if (group) {
		*id = group->gr_gid;
		return EX_OK;
	}
	/* getgrnam(3): a group that is missing may be any of these. */
	if (errno == 0 || errno == ENOENT || errno == ESRCH || errno == EBADF ||
	    errno == EPERM)
		return say_fail(EX_NOUSER, "there is no group %s", name);
	return say_fail(EX_OSERR, "cannot look for the group %s: %s", name,
	    strerror(errno));
}
