#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "spool.h"
#include "tool.h"

static bool
holds(int folder, const char *name)
{
	struct stat status;

	return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(status.st_mode);
}

/* Takes FOLDER over, also when it fails. */
static int
add(struct targets *targets, const char *name, int folder)
{
	struct target *list = realloc(
	    targets->list, (targets->count + 1) * sizeof *targets->list);

	if (!list) {
		close(folder);
		errno = ENOMEM;
		return -1;
	}
	targets->list = list;
	list += targets->count++;
	memcpy(list->name, name, strlen(name) + 1);
	list->folder = folder;
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const struct target *left = a, *right = b;

	return strcmp(left->name, right->name);
}

static int
add_campaigns_of(struct targets *targets, int spool)
{
	const char *name;
	DIR *stream = spool_list(spool);
	int folder;

	if (!stream)
		return -1;
	while ((name = spool_next(stream))) {
		if (!campaign_is_name(name))
			continue;
		folder = campaign_folder(spool, name);
		if (folder < 0 && (errno == ENOTDIR || errno == ENOENT))
			continue;
		if (folder < 0) {
			tool_say("cannot open campaign %s: %s", name,
			    strerror(errno));
			targets->incomplete = true;
		} else if (add(targets, name, folder) < 0) {
			int error = errno;

			closedir(stream);
			errno = error;
			return -1;
		}
	}
	/* Else a campaign that could not be listed is passed over in silence.
	 */
	if (errno) {
		int error = errno;

		closedir(stream);
		errno = error;
		return -1;
	}
	closedir(stream);
	qsort(targets->list, targets->count, sizeof *targets->list, compare);
	return 0;
}

/* The last part of the real path: "." and a '/' at the end name something. */
static int
name_of(const char *path, char name[CAMPAIGN_NAME_MAX + 1])
{
	char *real = realpath(path, NULL), *base;
	int result = -1;

	if (!real)
		return -1;
	base = strrchr(real, '/') + 1;
	if (campaign_is_name(base)) {
		memcpy(name, base, strlen(base) + 1);
		result = 0;
	} else
		errno = EINVAL;
	free(real);
	return result;
}

static bool
is_in_a_spool(int folder)
{
	int parent = openat(folder, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool found = parent >= 0 && holds(parent, CAMPAIGN_DEFAULT);

	if (parent >= 0)
		close(parent);
	return found;
}

int
targets_open(const char *path, struct targets *targets)
{
	char name[CAMPAIGN_NAME_MAX + 1];
	int folder, result;

	*targets = (struct targets){0};
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return tool_fail(tool_status_of(errno), "cannot open %s: %s",
		    path, strerror(errno));
	if (holds(folder, CAMPAIGN_DEFAULT)) {
		result = add_campaigns_of(targets, folder);
		close(folder);
	} else if (!holds(folder, "new") && !is_in_a_spool(folder)) {
		close(folder);
		return tool_fail(EX_NOINPUT,
		    "%s is neither a spool nor a campaign: it has no default/ "
		    "and no new/",
		    path);
	} else if (name_of(path, name) < 0) {
		close(folder);
		return tool_fail(EX_NOINPUT,
		    "%s is no campaign: its name is against the rule", path);
	} else
		result = add(targets, name, folder);
	if (result < 0) {
		int error = errno;

		targets_free(targets);
		return tool_fail(tool_status_of(error), "cannot read %s: %s",
		    path, strerror(error));
	}
	return 0;
}

void
targets_free(struct targets *targets)
{
	size_t i;

	for (i = 0; i < targets->count; i++)
		close(targets->list[i].folder);
	free(targets->list);
	*targets = (struct targets){0};
}
