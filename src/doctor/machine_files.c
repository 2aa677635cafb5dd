/* What lies in the folders and does not belong there. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "doctor/machine_inside.h"
#include "spool/folder.h"
#include "spool/spool.h"

struct tally {
	size_t count;
	char example[CAMPAIGN_NAME_MAX + NAME_MAX + 8]; /* CAMPAIGN/new/NAME */
};

/* What a crash left in tmp/; the receiver removes it in time. */
static bool
is_leftover(int folder, const char *name)
{
	struct stat status;

	return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       time(NULL) - status.st_mtime > SPOOL_LEFTOVER_AGE;
}

static bool
is_stranger(int folder, const char *name)
{
	(void)folder;
	return !spool_is_batch_name(name);
}

static void
count_in(const struct target *campaign, const char *name,
    bool (*is_one)(int folder, const char *name), struct tally *tally)
{
	const int folder = folder_open(campaign->folder, name);
	DIR *stream = folder < 0 ? NULL : folder_list(folder);
	const char *entry;

	while (stream && (entry = folder_next(stream))) {
		if (!is_one(folder, entry))
			continue;
		if (tally->count++ == 0)
			snprintf(tally->example, sizeof tally->example,
			    "%s/%s/%s", campaign->name, name, entry);
	}
	if (stream)
		folder_close(stream);
	if (folder >= 0)
		close(folder);
}

static void
report(struct machine *machine, const struct tally *tally, const char *what,
    const char *note)
{
	if (tally->count > 0)
		machine_find(machine, GRADE_WARNING, note, NULL, NULL,
		    "%zu %s%s, such as %s", tally->count, what,
		    tally->count == 1 ? "" : "s", tally->example);
}

void
machine_files(struct machine *machine)
{
	struct tally leftovers = {0}, strangers = {0};
	struct target campaign;
	size_t i;

	for (i = 0; i < machine->spool.count; i++) {
		if (target_open(&machine->spool, i, &campaign) != TARGET_OPEN)
			continue;
		count_in(&campaign, "tmp", is_leftover, &leftovers);
		count_in(&campaign, "new", is_stranger, &strangers);
		target_close(&campaign);
	}
	report(machine, &leftovers, "old file",
	    "a crash left them in tmp/, none was answered 200: the next start "
	    "of the receiver removes those with a batch's name, and you the "
	    "others");
	report(machine, &strangers, "file without a batch's name",
	    "drain passes over them in new/: move them away, or name them as "
	    "mixspool(5) says");
	if (leftovers.count + strangers.count == 0)
		diagnosis_add(machine->diagnosis, GRADE_OK,
		    "nothing in tmp/ and new/ that does not belong there");
}
