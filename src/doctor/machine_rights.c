/* Modes and groups, against who writes and who takes. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>

#include "doctor/machine_inside.h"
#include "spool/folder.h"

#define ALL (S_IROTH | S_IWOTH | S_IXOTH) /* rwx, for those who ... */

static bool
is_in_group(const struct machine_user *user, gid_t group)
{
	size_t i;

	for (i = 0; i < user->count; i++)
		if (user->groups[i] == group)
			return true;
	return false;
}

/* By the mode alone; an ACL may say something else. */
static bool
may_write(const struct machine_user *user, const struct stat *status)
{
	unsigned bits = status->st_mode & ALL;

	if (user->uid == 0)
		return true;
	if (user->uid == status->st_uid)
		bits = status->st_mode >> 6 & ALL;
	else if (is_in_group(user, status->st_gid))
		bits = status->st_mode >> 3 & ALL;
	return (bits & (S_IWOTH | S_IXOTH)) == (S_IWOTH | S_IXOTH);
}

#define LINE_SIZE (PATH_MAX + 128)

static const char *
repair_line(const struct machine *machine, char line[LINE_SIZE])
{
	const struct group *group = getgrgid(machine->folder.st_gid);

	snprintf(line, LINE_SIZE, "mixspool init -r -g %s %s",
	    group && machine->folder.st_gid != 0 ? group->gr_name : "mixspool",
	    machine->dir);
	return line;
}

static void
blame_user(struct machine *machine, const struct machine_user *user,
    const char *campaign, const char *folder, const struct stat *status)
{
	char line[LINE_SIZE];

	machine_find(machine, GRADE_WRONG,
	    "give the folders to a group of that user, or put the user into "
	    "theirs: usermod -aG GROUP USER",
	    NULL, repair_line(machine, line),
	    "%s may not write to %s/%s: its mode is %04o, its owner %u:%u",
	    user->name, campaign, folder, (unsigned)status->st_mode & 07777,
	    status->st_uid, status->st_gid);
}

/* What a request needs, and what drain -k and a refusal need. */
static const struct {
	const char *name;
	bool receiver, drain;
} folders[] = {
    {".", true, true},
    {"tmp", true, true},
    {"new", true, true},
    {"aside", true, false},
    {"failed", false, true},
    {"done", false, true},
};

/* The number of findings. */
static unsigned
look_at(struct machine *machine, const struct target *campaign, size_t i)
{
	struct stat status;
	char line[LINE_SIZE];
	unsigned found = 0;

	if (fstatat(campaign->folder, folders[i].name, &status,
		AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (folders[i].receiver && !may_write(&machine->receiver, &status)) {
		blame_user(machine, &machine->receiver, campaign->name,
		    folders[i].name, &status);
		found++;
	}
	if (folders[i].drain && machine->has_drain &&
	    !may_write(&machine->drain, &status)) {
		blame_user(machine, &machine->drain, campaign->name,
		    folders[i].name, &status);
		found++;
	}
	if (status.st_mode & ALL) {
		machine_find(machine, GRADE_WARNING,
		    "the users in it are personal data: take that away", NULL,
		    repair_line(machine, line),
		    "every user of this machine may look into %s/%s: its mode "
		    "is %04o",
		    campaign->name, folders[i].name,
		    (unsigned)status.st_mode & 07777);
		found++;
	}
	return found;
}

static unsigned
look_at_campaign(struct machine *machine, size_t index)
{
	struct target campaign;
	unsigned found = 0;
	size_t i;

	switch (target_open(&machine->spool, index, &campaign)) {
	case TARGET_OPEN:
		for (i = 0; i < sizeof folders / sizeof *folders; i++)
			found += look_at(machine, &campaign, i);
		target_close(&campaign);
		break;
	case TARGET_NONE:
		break;
	case TARGET_CLOSED:
		diagnosis_add(machine->diagnosis, GRADE_SKIPPED,
		    "%s: %s: run doctor as root", campaign.name,
		    strerror(errno));
		return 1;
	}
	return found;
}

/* The receiver makes .journal and, if it is missing, default/. */
static unsigned
look_at_spool(struct machine *machine)
{
	static const char *const names[] = {".", ".journal"};
	struct stat status;
	char line[LINE_SIZE];
	unsigned found = 0;
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++) {
		if (fstatat(machine->spool.folder, names[i], &status,
			AT_SYMLINK_NOFOLLOW) < 0 ||
		    may_write(&machine->receiver, &status))
			continue;
		machine_find(machine, GRADE_WARNING,
		    "without a journal nothing shows what came; users are "
		    "stored all the same",
		    NULL, repair_line(machine, line),
		    "%s may not write to %s of the spool: its mode is %04o",
		    machine->receiver.name, names[i],
		    (unsigned)status.st_mode & 07777);
		found++;
	}
	return found;
}

void
machine_rights(struct machine *machine)
{
	unsigned found = look_at_spool(machine);
	size_t i;

	/* A few campaigns show what is wrong with all. */
	for (i = 0; i < machine->spool.count && found < 8; i++)
		found += look_at_campaign(machine, i);
	if (found > 0)
		return;
	diagnosis_add(machine->diagnosis, GRADE_OK, "%s%s%s may write%s",
	    machine->receiver.name, machine->has_drain ? " and " : "",
	    machine->has_drain ? machine->drain.name : "",
	    ", and others may not look");
}
