/* mixspool init: makes a spool and campaigns with safe modes. */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/printable.h"
#include "base/say.h"
#include "journal/journal.h"
#include "spool/campaign.h"
#include "spool/folder.h"
#include "spool/lock.h"
#include "tool/options.h"
#include "tool/rights.h"
#include "tool/tool.h"

static const char usage[] =
    "usage: mixspool init [-r] [-g GROUP] DIR [CAMPAIGN]...\n"
    "\n"
    "Makes the spool DIR with the campaign default, and the campaigns that are "
    "named.\n"
    "What exists already stays as it is.\n"
    "\n"
    "  -g GROUP  for a receiver and cron jobs of different users: folders "
    "belong to\n"
    "            GROUP and have mode 2770; without it 0700\n"
    "  -r        repair: give existing folders and locks that mode and group, "
    "those of\n"
    "            all campaigns when none is named\n"
    "  --anyway  also on a file system that keeps no modes, such as vfat\n";

struct init {
	const char *dir, *group;
	char shown[PATH_MAX]; /* dir, for messages */
	struct rights rights;
	bool made_any;
};

#define AT(member) offsetof(struct init, member)

static const struct options_entry entries[] = {
    {NULL, 'g', OPTIONS_TEXT, AT(group), 0, 0, NULL},
    {NULL, 'r', OPTIONS_FLAG, AT(rights.repair), 0, 0, NULL},
    {"anyway", 0, OPTIONS_FLAG, AT(rights.anyway), 0, 0, NULL},
};

static void
print_change(const char *shown, mode_t before, mode_t mode)
{
	if (before != mode)
		printf("changed %s from mode %04o to %04o\n", shown,
		    (unsigned)before, (unsigned)mode);
}

/* A descriptor, or -1 and errno. SHOWN is its path, for messages. */
static int
make_folder(struct init *init, int parent, const char *name, const char *shown)
{
	const mode_t mode = init->rights.mode;
	struct rights_folder folder;

	if (rights_make_folder(&init->rights, parent, name, &folder) < 0)
		return -1;
	if (folder.made)
		printf(
		    "made %s, mode %04o\n", shown, (unsigned)folder.mode_now);
	else if (init->rights.repair)
		print_change(shown, folder.mode, mode);
	else if (folder.mode != mode)
		printf("left %s with mode %04o, -r would make it %04o\n", shown,
		    (unsigned)folder.mode, (unsigned)mode);
	init->made_any |= folder.made;
	return folder.fd;
}

static int
cannot_make(const char *what)
{
	return say_fail(
	    errno == EACCES || errno == EPERM ? EX_NOPERM : EX_CANTCREAT,
	    "cannot make %s: %s", what,
	    errno == ENOTSUP
		? "its file system keeps no modes, so that others may read "
		  "the users; with --anyway it is made all the same"
		: strerror(errno));
}

/* The rest of a campaign, which it may be without. */
static int
repair_rest(const struct init *init, int campaign, const char *name)
{
	static const char *const states[] = {"failed", "done"};
	char shown[PATH_MAX + 128];
	struct rights_folder found;
	size_t i;
	int result;

	for (i = 0; i < 2; i++) {
		snprintf(shown, sizeof shown, "%s/%s/%s", init->shown, name,
		    states[i]);
		result = rights_repair_folder(
		    &init->rights, campaign, states[i], &found);
		if (result < 0)
			return cannot_make(shown);
		if (result > 0)
			print_change(shown, found.mode, init->rights.mode);
	}
	snprintf(shown, sizeof shown, "%s/%s/lock", init->shown, name);
	result = rights_repair_lock(&init->rights, campaign, &found);
	if (result < 0)
		return cannot_make(shown);
	if (result > 0)
		print_change(shown, found.mode, init->rights.mode & 0660);
	return EX_OK;
}

/* The folders of a campaign, and on disk. */
static int
make_inside(struct init *init, int campaign, const char *name)
{
	/* All but the first two are for drain, which may find the disk full. */
	static const char *const states[] = {
	    "tmp", "new", "failed", "done", "aside"};
	char shown[PATH_MAX + 128];
	int fd, status = EX_OK;
	size_t i;

	for (i = 0; i < sizeof states / sizeof *states; i++) {
		snprintf(shown, sizeof shown, "%s/%s/%s", init->shown, name,
		    states[i]);
		fd = make_folder(init, campaign, states[i], shown);
		if (fd < 0)
			return cannot_make(shown);
		close(fd);
	}
	snprintf(shown, sizeof shown, "%s/%s/lock", init->shown, name);
	if (lock_make(campaign) < 0)
		return cannot_make(shown);
	if (init->rights.repair)
		status = repair_rest(init, campaign, name);
	if (status == EX_OK && fsync(campaign) < 0)
		status = cannot_make(shown);
	return status;
}

/* Without -g and -r, a campaign is made as the spool is. */
static int
take_model(struct init *init, int spool)
{
	struct stat status;

	if (init->group || init->rights.repair)
		return 0;
	if (fstat(spool, &status) < 0)
		return -1;
	init->rights.mode = status.st_mode & 02770;
	if (status.st_gid != getegid())
		init->rights.group = status.st_gid;
	return 0;
}

static int
make_campaign(struct init *init, int spool, const char *name)
{
	char shown[PATH_MAX + 128];
	int campaign, status;

	snprintf(shown, sizeof shown, "%s/%s", init->shown, name);
	campaign = make_folder(init, spool, name, shown);
	if (campaign < 0)
		return cannot_make(shown);
	status = make_inside(init, campaign, name);
	close(campaign);
	return status;
}

/* The receiver and drain both write to it. */
static int
make_journal(struct init *init, int spool)
{
	char shown[PATH_MAX + 128];
	int fd;

	snprintf(shown, sizeof shown, "%s/%s", init->shown, JOURNAL_FOLDER);
	fd = make_folder(init, spool, JOURNAL_FOLDER, shown);
	if (fd < 0)
		return cannot_make(shown);
	close(fd);
	return EX_OK;
}

/* For -r without names: every campaign of the spool. */
static int
repair_all(struct init *init, int spool)
{
	DIR *stream = folder_list(spool);
	const char *name;
	int status = EX_OK, folder;

	if (!stream)
		return cannot_make(init->dir);
	while (status == EX_OK && (name = folder_next(stream))) {
		if (!campaign_is_name(name))
			continue;
		folder = folder_open(spool, name);
		if (folder < 0 && (errno == ENOTDIR || errno == ENOENT))
			continue;
		if (folder >= 0)
			close(folder);
		status = folder < 0 ? cannot_make(name)
				    : make_campaign(init, spool, name);
	}
	if (status == EX_OK && errno)
		status = cannot_make(init->dir);
	folder_close(stream);
	return status;
}

/*
 * Makes the spool's own name durable, too. It is in the folder above, which
 * this user may be unable to read.
 */
static int
sync_spool(int spool)
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

	spool = make_folder(init, AT_FDCWD, init->dir, init->shown);
	if (spool < 0)
		return cannot_make(init->dir);
	if (take_model(init, spool) < 0) {
		close(spool);
		return cannot_make(init->dir);
	}
	status = make_journal(init, spool);
	if (status == EX_OK)
		status = make_campaign(init, spool, CAMPAIGN_DEFAULT);
	for (i = 0; i < count && status == EX_OK; i++)
		status = make_campaign(init, spool, names[i]);
	if (status == EX_OK && init->rights.repair && count == 0)
		status = repair_all(init, spool);
	if (status == EX_OK && sync_spool(spool) < 0)
		status = cannot_make(init->dir);
	close(spool);
	if (status == EX_OK && !init->made_any && !init->rights.repair)
		printf("%s already exists\n", init->shown);
	return status;
}

int
init(int argc, char **argv)
{
	struct init init = {.rights = {.mode = 0700, .group = (gid_t)-1}};
	int status = options_parse(argc, argv, usage, entries,
	    sizeof entries / sizeof *entries, &init);
	int i;

	if (status == EX_OK && init.group) {
		init.rights.mode = 02770;
		status = rights_find_group(init.group, &init.rights.group);
	}
	if (status != EX_OK)
		return status < 0 ? EX_OK : status;
	if (optind == argc)
		return say_fail(EX_USAGE, "no folder given, see -h");
	init.dir = argv[optind++];
	printable_copy(
	    init.shown, sizeof init.shown, init.dir, strlen(init.dir));
	for (i = optind; i < argc; i++)
		if (!campaign_is_name(argv[i]))
			return say_fail(EX_USAGE,
			    "'%s' is not a campaign name: 1 to %d letters, "
			    "digits, _ and -, the first a letter or digit",
			    argv[i], CAMPAIGN_NAME_MAX);
	return make_all(&init, argv + optind, argc - optind);
}
