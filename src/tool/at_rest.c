#include "tool/at_rest.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/say.h"
#include "spool/batches.h"
#include "spool/folder.h"
#include "spool/lock.h"
#include "spool/owner.h"
#include "tool/lock_wait.h"

const char *const at_rest_names[AT_REST_STATES] = {
    [AT_REST_DONE] = "done",
    [AT_REST_ASIDE] = "aside",
    [AT_REST_FAILED] = "failed",
    [AT_REST_NEW] = "new",
};

static int
each_listed(int folder, const struct batches *batches, at_rest_step *step,
    void *context)
{
	size_t i;

	for (i = 0; i < batches->count; i++)
		if (step(folder, batches->names[i], context) != 0)
			return -1;
	return 0;
}

static int
each_in(int folder, at_rest_step *step, void *context)
{
	struct batches batches;
	batch_name last = "";
	size_t count;
	int result;

	do {
		if (batches_list_behind(folder, last, &batches) < 0)
			return -1;
		count = batches.count;
		if (count > 0)
			memcpy(last, batches.names[count - 1], sizeof last);
		result = each_listed(folder, &batches, step, context);
		batches_free(&batches);
	} while (result == 0 && count == BATCHES_MAX);
	return result;
}

int
at_rest_each(
    int campaign, enum at_rest_state state, at_rest_step *step, void *context)
{
	int folder = folder_open(campaign, at_rest_names[state]), result;

	if (folder < 0)
		return errno == ENOENT ? 0 : -1;
	result = each_in(folder, step, context);
	(void)fd_close(folder);
	return result;
}

int
at_rest_sync(int campaign, enum at_rest_state state)
{
	int folder = folder_open(campaign, at_rest_names[state]), result;

	if (folder < 0)
		return errno == ENOENT ? 0 : -1;
	result = fsync(folder);
	(void)fd_close(folder);
	return result;
}

int
at_rest_make(int campaign, const char *name)
{
	struct stat status;
	bool made;
	int fd = folder_open(campaign, name);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (fstat(campaign, &status) < 0)
		return -1;
	fd = folder_make(campaign, name, &status, &made);
	if (fd >= 0 && made)
		owner_give(fd, &status);
	return fd;
}

int
at_rest_lock(const struct target *target, uint64_t seconds, const char *what)
{
	pid_t holder = 0;
	int lock = lock_wait(target->folder, seconds, &holder);

	if (lock >= 0)
		return lock;
	if (errno != EAGAIN)
		say("%s: cannot lock the file lock: %s; %s", target->name,
		    lock_strerror(errno), what);
	else if (holder > 0)
		say("%s: process %ld, such as a drain, has its lock; %s",
		    target->name, (long)holder, what);
	else
		say("%s: a drain, perhaps on another host, has its lock; %s",
		    target->name, what);
	return -1;
}

bool
at_rest_is_stranger(int error)
{
	return error == EINVAL || error == ELOOP;
}
