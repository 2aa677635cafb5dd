#include "tool/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/say.h"
#include "spool/folder.h"
#include "spool/spool.h"
#include "tool/tool.h"

/* Whether a folder of this name is there: 1 or 0, or -1 and errno. */
static int
holds(int folder, const char *name)
{
	struct stat status;

	if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
		return S_ISDIR(status.st_mode);
	return errno == ENOENT ? 0 : -1;
}

static int
add(struct targets *targets, const char *name)
{
	target_name *names =
	    realloc(targets->names, (targets->count + 1) * sizeof *names);

	if (!names)
		return -1;
	targets->names = names;
	memcpy(names[targets->count++], name, strlen(name) + 1);
	return 0;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int
add_campaigns(struct targets *targets)
{
	const char *name;
	DIR *stream = folder_list(targets->folder);
	int error;

	if (!stream)
		return -1;
	while ((name = folder_next(stream)))
		if (campaign_is_name(name) && add(targets, name) < 0)
			break;
	/* Else a campaign that could not be listed is passed over in silence.
	 */
	error = errno;
	closedir(stream);
	errno = error;
	if (error)
		return -1;
	if (targets->count > 1)
		qsort(targets->names, targets->count, sizeof *targets->names,
		    compare);
	return 0;
}

/*
 * The last part of the real path: "." and a '/' at the end name something.
 * EINVAL: it is against the rule.
 */
static int
add_name_of(struct targets *targets, const char *path)
{
	char *real = realpath(path, NULL), *base;
	int result = -1;

	if (!real)
		return -1;
	base = strrchr(real, '/') + 1;
	if (campaign_is_name(base))
		result = add(targets, base);
	else
		errno = EINVAL;
	free(real);
	return result;
}

static int
is_in_a_spool(int folder)
{
	int parent = openat(folder, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int found, error;

	if (parent < 0)
		return -1;
	found = holds(parent, CAMPAIGN_DEFAULT);
	error = errno;
	close(parent);
	errno = error;
	return found;
}

/* Whether it is one campaign: 1 or 0, or -1 and errno. */
static int
is_campaign(int folder)
{
	int has_new = holds(folder, "new");

	return has_new ? has_new : is_in_a_spool(folder);
}

/* A '/' or "/." at its end would follow a link all the same. */
static void
cut_end(char *path)
{
	size_t length = strlen(path);

	while (length > 1 &&
	       (path[length - 1] == '/' ||
		   (path[length - 1] == '.' && path[length - 2] == '/')))
		path[--length] = '\0';
}

/*
 * Whether *IS_LINK: a symbolic link, which is followed when it is root's or the
 * caller's; whoever may write to a spool could lay one to where only the caller
 * may read. -1 and errno; EPERM: it is another's.
 */
static int
open_folder(const char *path, bool *is_link)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	char *own = strdup(path);
	struct stat status;
	int fd, error;

	if (!own)
		return -1;
	cut_end(own);
	fd = open(own, flags | O_NOFOLLOW);
	error = errno;
	*is_link = fd < 0 && (error == ENOTDIR || error == ELOOP) &&
		   lstat(own, &status) == 0 && S_ISLNK(status.st_mode);
	if (*is_link) {
		error = EPERM;
		if (status.st_uid == 0 || status.st_uid == geteuid()) {
			fd = open(own, flags);
			error = errno;
		}
	}
	free(own);
	errno = error;
	return fd;
}

static int
fail(const char *what, const char *path, int error)
{
	return say_fail(tool_status_of(error), "cannot %s %s: %s", what, path,
	    strerror(error));
}

int
targets_open(const char *path, struct targets *targets)
{
	int is_spool, is_one = 0, result, error;
	bool is_link = false;

	*targets = (struct targets){0};
	targets->folder = open_folder(path, &is_link);
	if (targets->folder < 0 && is_link && errno == EPERM)
		return say_fail(EX_NOPERM,
		    "cannot open %s: it is a symbolic link of somebody else",
		    path);
	if (targets->folder < 0)
		return fail("open", path, errno);
	is_spool = holds(targets->folder, CAMPAIGN_DEFAULT);
	if (is_spool == 0)
		is_one = is_campaign(targets->folder);
	targets->is_spool = is_spool > 0;
	result = is_spool > 0             ? add_campaigns(targets)
		 : is_one > 0 && !is_link ? add_name_of(targets, path)
					  : -1;
	if (result == 0)
		return 0;
	error = errno;
	targets_free(targets);
	if (is_spool == 0 && is_one == 0)
		return say_fail(EX_NOINPUT,
		    "%s is neither a spool nor a campaign: it has no default/ "
		    "and no new/",
		    path);
	if (is_one > 0 && (is_link || error == EINVAL))
		return say_fail(EX_NOINPUT, "%s is no campaign: %s", path,
		    is_link ? "it is a symbolic link"
			    : "its name is against the rule");
	return fail("read", path, error);
}

void
targets_free(struct targets *targets)
{
	close(targets->folder);
	free(targets->names);
	*targets = (struct targets){0};
}

enum target_state
target_open(const struct targets *targets, size_t index, struct target *target)
{
	target->name = targets->names[index];
	target->folder = folder_open(
	    targets->folder, targets->is_spool ? target->name : ".");
	if (target->folder >= 0)
		return TARGET_OPEN;
	if (errno == ENOTDIR || errno == ENOENT)
		return TARGET_NONE;
	say("cannot open campaign %s: %s", target->name, strerror(errno));
	return TARGET_CLOSED;
}

void
target_close(struct target *target)
{
	close(target->folder);
}
