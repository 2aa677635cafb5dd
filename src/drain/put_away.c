#include "drain/put_away.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "tool/at_rest.h"

int
put_away_open(int folder, const char *state)
{
	return at_rest_make(folder, state);
}

/* To TARGET unless it is -1. */
static int
put_away_one(int new, int target, const char *name)
{
	if (target >= 0) {
		if (batch_move(new, target, name) == 0)
			return 0;
		if (errno != EEXIST)
			return errno == ENOENT ? 0 : -1;
	}
	return unlinkat(new, name, 0) == 0 || errno == ENOENT ? 0 : -1;
}

static int
put_all_away(int new, int target, batch_name *names, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (put_away_one(new, target, names[i]) < 0)
			return -1;
	/* The new names first, so that a power loss cannot take both. */
	if (target >= 0 && fsync(target) < 0)
		return -1;
	return fsync(new);
}

int
put_away(
    int folder, int new, batch_name *names, size_t count, const char *state)
{
	int target, result = -1;

	if (!state)
		return put_all_away(new, -1, names, count);
	target = put_away_open(folder, state);
	if (target >= 0 && fsync(folder) == 0)
		result = put_all_away(new, target, names, count);
	fd_close(target);
	return result;
}
