#include "tool/counts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "spool/batches.h"
#include "spool/folder.h"
#include "spool/spool.h"
#include "tool/when.h"

/* A batch from the future says that a clock was wrong, and not when it came. */
static void
add_time(struct counts *counts, const char *batch)
{
	const time_t made = when_begun(batch);

	if (made > counts->latest && made <= time(NULL))
		counts->latest = made;
}

static int
add_foreign(struct counts *counts, const char *name)
{
	char **foreign = realloc(
	    counts->foreign, (counts->foreign_count + 1) * sizeof *foreign);

	if (!foreign)
		return -1;
	counts->foreign = foreign;
	foreign[counts->foreign_count] = strdup(name);
	if (!foreign[counts->foreign_count])
		return -1;
	counts->foreign_count++;
	return 0;
}

/* Not a file, or one that a drain as root leaves alone. */
static bool
is_not_for_us(int error)
{
	return error == EINVAL || error == ELOOP || error == EMLINK;
}

static int
count_batch(int folder, const char *name, struct counts *counts)
{
	uint64_t bytes;
	size_t users;
	time_t made = when_begun(name);

	if (batch_count_users(folder, name, &users, &bytes) < 0) {
		if (is_not_for_us(errno))
			return add_foreign(counts, name);
		/* A drain has taken it since it was listed. */
		return errno == ENOENT ? 0 : -1;
	}
	add_time(counts, name);
	counts->batches++;
	counts->users += users;
	counts->bytes += bytes;
	if (made && (!counts->oldest || made < counts->oldest))
		counts->oldest = made;
	if (made > counts->newest)
		counts->newest = made;
	return 0;
}

/* Calls FOUND for each entry of a campaign's folder, which may be missing. */
static int
each_entry(const struct target *target, const char *state,
    struct counts *counts,
    int (*found)(int folder, const char *name, struct counts *counts))
{
	int folder = folder_open(target->folder, state), result = 0;
	const char *name;
	DIR *stream;

	if (folder < 0)
		return errno == ENOENT ? 0 : -1;
	stream = folder_list(folder);
	if (!stream)
		return fd_close(folder);
	while (result == 0 && (name = folder_next(stream)))
		result = found(folder, name, counts);
	/* The listing may have broken off, too: errno is 0 at its end. */
	folder_close(stream);
	fd_close(folder);
	return result < 0 || errno ? -1 : 0;
}

static int
found_in_new(int folder, const char *name, struct counts *counts)
{
	if (spool_is_batch_name(name))
		return count_batch(folder, name, counts);
	return add_foreign(counts, name);
}

static int
found_in_failed(int folder, const char *name, struct counts *counts)
{
	(void)folder;
	if (!spool_is_batch_name(name))
		return 0;
	add_time(counts, name);
	counts->failed++;
	return 0;
}

static int
found_in_done(int folder, const char *name, struct counts *counts)
{
	(void)folder;
	if (!spool_is_batch_name(name))
		return 0;
	add_time(counts, name);
	counts->done++;
	return 0;
}

static int
found_in_aside(int folder, const char *name, struct counts *counts)
{
	uint64_t bytes;
	size_t elements;

	if (!spool_is_batch_name(name))
		return 0;
	add_time(counts, name);
	if (batch_count_users(folder, name, &elements, &bytes) == 0)
		counts->aside += elements;
	else if (!is_not_for_us(errno) && errno != ENOENT)
		return -1;
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

/* new/ is made with the campaign. What it is filled with changes its times, on
   file systems that keep no time of birth. */
static int
look_at_disk(int folder, struct counts *counts)
{
	struct campaign_stat stat;
	struct statx made;

	if (campaign_stat(folder, ".", &stat) < 0)
		return -1;
	counts->free_bytes = stat.free_bytes;
	counts->free_files = stat.free_files;
	if (statx(folder, "new", AT_SYMLINK_NOFOLLOW, STATX_BTIME | STATX_MTIME,
		&made) < 0)
		return errno == ENOENT ? 0 : -1;
	counts->made = made.stx_mask & STATX_BTIME ? made.stx_btime.tv_sec
						   : made.stx_mtime.tv_sec;
	return 0;
}

int
counts_read(const struct target *target, struct counts *counts)
{
	*counts = (struct counts){.name = target->name};
	if (each_entry(target, "new", counts, found_in_new) < 0 ||
	    each_entry(target, "failed", counts, found_in_failed) < 0 ||
	    each_entry(target, "aside", counts, found_in_aside) < 0 ||
	    each_entry(target, "done", counts, found_in_done) < 0 ||
	    look_at_disk(target->folder, counts) < 0)
		return -1;
	return each_entry(target, "tmp", counts, found_in_tmp);
}

void
counts_free(struct counts *counts)
{
	while (counts->foreign_count > 0)
		free(counts->foreign[--counts->foreign_count]);
	free(counts->foreign);
}
