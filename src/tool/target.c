#include "tool/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fd.h"
#include "spool/folder.h"
#include "tool/tool.h"

/* Is there a folder of this name? 1, 0, or -1 and errno. */
static int
has_folder(int parent, const char *name)
{
	struct stat status;

	if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
		return S_ISDIR(status.st_mode);
	return errno == ENOENT ? 0 : -1;
}

static int
targets_add(struct targets *targets, const char *name)
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
compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int
add_campaigns(struct targets *targets)
{
	const char *name;
	DIR *stream = folder_list(targets->folder);

	if (!stream)
		return -1;
	while ((name = folder_next(stream)))
		if (campaign_is_name(name) && targets_add(targets, name) < 0)
			break;
	folder_close(stream);
	/* A listing that broke off must not pass for a shorter one. */
	if (errno)
		return -1;
	if (targets->count > 1)
		qsort(targets->names, targets->count, sizeof *targets->names,
		    compare_names);
	return 0;
}

/*
 * The name is the last part of the real path, since PATH may be "." or end with
 * '/'. EINVAL: it is not a campaign's name.
 */
static int
add_campaign(struct targets *targets, const char *path)
{
	char *real = realpath(path, NULL), *base;
	int result = -1;

	if (!real)
		return -1;
	base = strrchr(real, '/') + 1;
	if (campaign_is_name(base))
		result = targets_add(targets, base);
	else
		errno = EINVAL;
	free(real);
	return result;
}

/* Does the folder above have default/? 1, 0, or -1 and errno. */
static int
is_in_a_spool(int folder)
{
	int above = openat(folder, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int found = above < 0 ? -1 : has_folder(above, CAMPAIGN_DEFAULT);

	fd_close(above);
	return found;
}

/* 1, 0, or -1 and errno. */
static int
is_campaign(int folder)
{
	int has_new = has_folder(folder, "new");

	return has_new ? has_new : is_in_a_spool(folder);
}

/* Without the '/' or "/." at its end, with which a link is always followed. */
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
 * Follows a symbolic link only when root or the caller made it: any other user
 * who may write to a spool could make one to a folder that only the caller may
 * read. -1 and errno; EPERM: it is another user's.
 */
static int
open_folder(const char *path, bool *is_link)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int fd = open(path, flags | O_NOFOLLOW), error = errno;
	struct stat status;

	*is_link = fd < 0 && (error == ENOTDIR || error == ELOOP) &&
		   lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
	if (*is_link && (status.st_uid == 0 || status.st_uid == geteuid()))
		return open(path, flags);
	errno = *is_link ? EPERM : error;
	return fd;
}

/* As open_folder. */
static int
open_named(const char *path, bool *is_link)
{
	char *own = strdup(path);
	int fd;

	if (!own)
		return -1;
	cut_end(own);
	fd = open_folder(own, is_link);
	free(own);
	return fd;
}

int
target_open_folder(const char *path)
{
	bool is_link;

	return open_named(path, &is_link);
}

/* Always -1. */
static int PRINTF(3, 4)
    target_fail(struct target_fault *fault, int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(fault->text, sizeof fault->text, format, arguments);
	va_end(arguments);
	fault->status = status;
	return -1;
}

/* Finds out what the open folder is. */
static int
identify(struct targets *targets, const char *path, bool is_link,
    struct target_fault *fault)
{
	int is_spool = has_folder(targets->folder, CAMPAIGN_DEFAULT);
	int is_one = is_spool ? 0 : is_campaign(targets->folder);

	targets->is_spool = is_spool > 0;
	if (is_spool == 0 && is_one == 0)
		return target_fail(fault, EX_NOINPUT,
		    "%s is neither a spool nor a campaign: it has no default/ "
		    "and no new/",
		    path);
	if (is_one > 0 && is_link)
		return target_fail(fault, EX_NOINPUT,
		    "%s is not a campaign: it is a symbolic link", path);
	if ((is_spool > 0 && add_campaigns(targets) == 0) ||
	    (is_one > 0 && add_campaign(targets, path) == 0))
		return 0;
	if (is_one > 0 && errno == EINVAL)
		return target_fail(fault, EX_NOINPUT,
		    "%s is not a campaign: its name is against the rule", path);
	return target_fail(fault, tool_status_of(errno), "cannot read %s: %s",
	    path, strerror(errno));
}

int
targets_open(
    const char *path, struct targets *targets, struct target_fault *fault)
{
	bool is_link = false;

	*targets = (struct targets){.folder = open_named(path, &is_link)};
	if (targets->folder < 0 && is_link && errno == EPERM)
		return target_fail(fault, EX_NOPERM,
		    "cannot open %s: it is a symbolic link of another user",
		    path);
	if (targets->folder < 0)
		return target_fail(fault, tool_status_of(errno),
		    "cannot open %s: %s", path, strerror(errno));
	if (identify(targets, path, is_link, fault) == 0)
		return 0;
	targets_free(targets);
	return -1;
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
	return errno == ENOTDIR || errno == ENOENT ? TARGET_NONE
						   : TARGET_CLOSED;
}

void
target_close(struct target *target)
{
	close(target->folder);
}
