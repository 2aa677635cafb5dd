/* mixspool init: makes a spool and campaigns with safe modes. */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/say.h"
#include "spool/folder.h"
#include "spool/spool.h"
#include "tool/tool.h"

static const char usage[] =
    "usage: mixspool init [-r] [-g GROUP] DIR [CAMPAIGN]...\n"
    "\n"
    "Makes the spool DIR with the campaign default, and other campaigns. What "
    "is\n"
    "there already stays as it is.\n"
    "\n"
    "  -g GROUP  for a receiver and cron jobs of different users: mode 2770, "
    "owned\n"
    "            by GROUP; without it 0700\n"
    "  -r        repair: give folders that are there already that mode and "
    "group,\n"
    "            and locks; those of every campaign when none is named\n";

struct init {
	bool repair, made_any;
	mode_t mode;
	gid_t group; /* (gid_t)-1: leave it */
	const char *dir;
};

static int
set_mode(const struct init *init, int fd, mode_t mode)
{
	/* The group first: chown takes the set-group-ID bit away. */
	if (init->group != (gid_t)-1 && fchown(fd, (uid_t)-1, init->group) < 0)
		return -1;
	return fchmod(fd, mode);
}

/*
 * What was made without its mode is taken away again: the next run would take
 * it for one that somebody wants so, and leave it.
 */
static int
undo(int fd, int parent, const char *name, bool made)
{
	int error = errno;

	if (fd >= 0)
		close(fd);
	if (made)
		unlinkat(parent, name, AT_REMOVEDIR);
	errno = error;
	return -1;
}

static void
tell_change(const char *shown, const struct stat *before, mode_t mode)
{
	const mode_t old = before->st_mode & 07777;

	if (old != mode)
		printf("changed %s from mode %04o to %04o\n", shown,
		    (unsigned)old, (unsigned)mode);
}

/* NAME below PARENT, or a path when PARENT is AT_FDCWD. A descriptor or -1. */
static int
make(struct init *init, int parent, const char *name, const char *shown)
{
	struct stat status;
	bool made;
	int fd;

	made = mkdirat(parent, name, 0700) == 0;
	if (!made && errno != EEXIST)
		return -1;
	fd = parent == AT_FDCWD ? open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
				: folder_open(parent, name);
	if (fd < 0 || fstat(fd, &status) < 0 ||
	    ((made || init->repair) && set_mode(init, fd, init->mode) < 0))
		return undo(fd, parent, name, made);
	if (made)
		printf("made %s, mode %04o\n", shown, (unsigned)init->mode);
	else if (init->repair)
		tell_change(shown, &status, init->mode);
	else if ((status.st_mode & 07777) != init->mode)
		printf("left %s with mode %04o, -r would make it %04o\n", shown,
		    (unsigned)status.st_mode & 07777, (unsigned)init->mode);
	init->made_any |= made;
	return fd;
}

static int
cannot(const char *what)
{
	return say_fail(
	    errno == EACCES || errno == EPERM ? EX_NOPERM : EX_CANTCREAT,
	    "cannot make %s: %s", what, strerror(errno));
}

/* What a campaign has beside the two, when it has it. */
static int
repair_if_there(
    struct init *init, int folder, const char *name, const char *state)
{
	char shown[4096];
	int fd = folder_open(folder, state);

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	close(fd);
	snprintf(shown, sizeof shown, "%s/%s/%s", init->dir, name, state);
	fd = make(init, folder, state, shown);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : 0;
}

/* So that all who may drain can lock it. What is no such file is for a drain to
   complain of. */
static int
repair_lock(const struct init *init, int folder, const char *shown)
{
	const mode_t mode = init->mode & 0660;
	struct stat status;
	int fd = openat(
	    folder, "lock", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int result, error;

	if (fd < 0)
		return errno == ENOENT || errno == ELOOP || errno == ENXIO ? 0
									   : -1;
	result = fstat(fd, &status);
	/* It may be another's, who has made it as it should be. */
	if (result == 0 && S_ISREG(status.st_mode) && status.st_nlink == 1 &&
	    ((status.st_mode & 07777) != mode ||
		(init->group != (gid_t)-1 && status.st_gid != init->group))) {
		result = set_mode(init, fd, mode);
		if (result == 0)
			tell_change(shown, &status, mode);
	}
	error = errno;
	close(fd);
	errno = error;
	return result;
}

static int
make_campaign(struct init *init, int spool, const char *name)
{
	static const char *const needed[] = {"tmp", "new"};
	static const char *const others[] = {"failed", "done"};
	char shown[4096];
	int folder, fd = -1, result = 0;
	size_t i;

	snprintf(shown, sizeof shown, "%s/%s", init->dir, name);
	folder = make(init, spool, name, shown);
	if (folder < 0)
		return cannot(shown);
	for (i = 0; i < 2 && result == 0; i++) {
		snprintf(shown, sizeof shown, "%s/%s/%s", init->dir, name,
		    needed[i]);
		fd = make(init, folder, needed[i], shown);
		result = fd < 0 ? -1 : close(fd);
	}
	for (i = 0; i < 2 && result == 0 && init->repair; i++)
		result = repair_if_there(init, folder, name, others[i]);
	if (result == 0 && init->repair) {
		snprintf(shown, sizeof shown, "%s/%s/lock", init->dir, name);
		result = repair_lock(init, folder, shown);
	}
	if (result == 0)
		result = fsync(folder);
	result = result < 0 ? cannot(shown) : EX_OK;
	close(folder);
	return result;
}

/* With -r and no names, every campaign of the spool is meant. */
static int
repair_others(struct init *init, int spool)
{
	DIR *stream = folder_list(spool);
	const char *name;
	int status = EX_OK, folder;

	if (!stream)
		return cannot(init->dir);
	while (status == EX_OK && (name = folder_next(stream))) {
		if (!campaign_is_name(name))
			continue;
		folder = folder_open(spool, name);
		if (folder < 0 && (errno == ENOTDIR || errno == ENOENT))
			continue;
		if (folder >= 0)
			close(folder);
		status = folder < 0 ? cannot(name)
				    : make_campaign(init, spool, name);
	}
	if (status == EX_OK && errno)
		status = cannot(init->dir);
	closedir(stream);
	return status;
}

/* The spool's own name, too: it is in the folder above, which need not be one
   that may be read. */
static int
settle(int spool)
{
	int above, result;

	if (fsync(spool) < 0)
		return -1;
	above = openat(spool, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (above < 0)
		return syncfs(spool);
	result = fsync(above);
	close(above);
	return result;
}

static int
make_all(struct init *init, char **names, int count)
{
	int spool, status, i;

	spool = make(init, AT_FDCWD, init->dir, init->dir);
	if (spool < 0)
		return cannot(init->dir);
	status = make_campaign(init, spool, CAMPAIGN_DEFAULT);
	for (i = 0; i < count && status == EX_OK; i++)
		status = make_campaign(init, spool, names[i]);
	if (status == EX_OK && init->repair && count == 0)
		status = repair_others(init, spool);
	if (status == EX_OK && settle(spool) < 0)
		status = cannot(init->dir);
	close(spool);
	if (status == EX_OK && !init->made_any && !init->repair)
		printf("%s is there already\n", init->dir);
	return status;
}

/* -1 and errno: ENOENT when there is none of this name. */
static int
find_group(const char *name, gid_t *id)
{
	const struct group *group;

	errno = 0;
	group = getgrnam(name);
	if (group) {
		*id = group->gr_gid;
		return 0;
	}
	/* getgrnam(3): that there is none has many numbers. */
	if (errno == 0 || errno == ESRCH || errno == EBADF || errno == EPERM)
		errno = ENOENT;
	return -1;
}

int
init(int argc, char **argv)
{
	struct init init = {.mode = 0700, .group = (gid_t)-1};
	int option, i;

	while ((option = getopt(argc, argv, "+:g:rh")) != -1) {
		switch (option) {
		case 'g':
			if (find_group(optarg, &init.group) < 0)
				return errno == ENOENT
					   ? say_fail(EX_NOUSER,
						 "there is no group %s", optarg)
					   : say_fail(EX_OSERR,
						 "cannot look for the group "
						 "%s: %s",
						 optarg, strerror(errno));
			init.mode = 02770;
			break;
		case 'r':
			init.repair = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return EX_OK;
		default:
			return tool_wrong_option(option, optopt, argv);
		}
	}
	if (optind == argc)
		return say_fail(EX_USAGE, "no folder given, see -h");
	init.dir = argv[optind++];
	for (i = optind; i < argc; i++)
		if (!campaign_is_name(argv[i]))
			return say_fail(EX_USAGE,
			    "'%s' is no name for a campaign: 1 to %d letters, "
			    "digits, _ and -, the first a letter or digit",
			    argv[i], CAMPAIGN_NAME_MAX);
	return make_all(&init, argv + optind, argc - optind);
}
