#include "tool/counts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spool/batches.h"
#include "spool/folder.h"
#include "spool/spool.h"

/* From the name, which a move does not change; 0 when there is no such day. */
static time_t
time_of(const char *batch)
{
	struct tm utc = {0};

	if (!strptime(batch, "%Y%m%dT%H%M%S", &utc))
		return 0;
	return timegm(&utc);
}

/* Any bytes a file name has; JSON has only Unicode. */
static json_t *
name_as_json(const char *name)
{
	json_t *string = json_string(name);
	char *copy, *p;

	if (string)
		return string;
	copy = strdup(name);
	for (p = copy; p && *p; p++)
		if (*p & 0x80)
			*p = '?';
	string = copy ? json_string(copy) : NULL;
	free(copy);
	return string;
}

static int
count_batch(int folder, const char *name, struct counts *counts)
{
	uint64_t bytes;
	size_t users;
	time_t made = time_of(name);

	if (batch_count_users(folder, name, &users, &bytes) < 0) {
		/* No file, or one that a drain as root leaves alone. */
		if (errno == EINVAL || errno == ELOOP || errno == EMLINK)
			return json_array_append_new(
			    counts->foreign, name_as_json(name));
		/* Taken since it was listed. */
		return errno == ENOENT ? 0 : -1;
	}
	counts->batches++;
	counts->users += users;
	counts->bytes += bytes;
	if (made && (!counts->oldest || made < counts->oldest))
		counts->oldest = made;
	if (made > counts->newest)
		counts->newest = made;
	return 0;
}

/* Calls for each entry of a campaign's folder; one that is missing is empty. */
static int
each(const struct target *target, const char *state, struct counts *counts,
    int (*found)(int folder, const char *name, struct counts *counts))
{
	int folder = folder_open(target->folder, state), error = 0;
	const char *name;
	DIR *stream;

	if (folder < 0)
		return errno == ENOENT ? 0 : -1;
	stream = folder_list(folder);
	while (stream && !error && (name = folder_next(stream)))
		if (found(folder, name, counts) < 0)
			error = errno;
	if (!error)
		error = errno;
	if (stream)
		closedir(stream);
	close(folder);
	errno = error;
	return error ? -1 : 0;
}

static int
found_in_new(int folder, const char *name, struct counts *counts)
{
	if (spool_is_batch_name(name))
		return count_batch(folder, name, counts);
	return json_array_append_new(counts->foreign, name_as_json(name));
}

static int
found_in_failed(int folder, const char *name, struct counts *counts)
{
	(void)folder;
	counts->failed += spool_is_batch_name(name);
	return 0;
}

static int
found_in_tmp(int folder, const char *name, struct counts *counts)
{
	(void)folder;
	(void)name;
	counts->leftovers++;
	return 0;
}

int
counts_read(const struct target *target, struct counts *counts)
{
	*counts =
	    (struct counts){.name = target->name, .foreign = json_array()};
	if (counts->foreign && each(target, "new", counts, found_in_new) == 0 &&
	    each(target, "failed", counts, found_in_failed) == 0 &&
	    each(target, "tmp", counts, found_in_tmp) == 0)
		return 0;
	return -1;
}

void
counts_free(struct counts *counts)
{
	json_decref(counts->foreign);
}
