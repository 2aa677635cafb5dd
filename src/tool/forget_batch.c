#include "tool/forget_batch.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "spool/folder.h"
#include "spool/spool_names.h"

/* The name says how many lines there are, which is a hint: that the rename does
   not succeed, for example since the name is taken, does no harm. */
static void
set_lines(int state, const char *batch, size_t lines)
{
	batch_name name;

	if (spool_name_lines(batch) == 0)
		return;
	spool_name_set_lines(batch, lines, name);
	if (strcmp(name, batch) != 0)
		(void)!folder_rename(state, batch, state, name);
}

/* 0, or -1 and errno. */
static int
forget_replace(struct pick *pick, const struct forget_folders *folders,
    const char *batch, int file, size_t others)
{
	batch_name name;

	if (batch_name_beside(batch, others, folders->tmp, name) < 0 ||
	    pick_write(
		pick, file, false, folders->campaign, folders->tmp, name) < 0)
		return -1;
	if (folder_replace(folders->tmp, name, folders->state, batch) < 0)
		return pick_undo(folders->tmp, name);
	if (!folders->keeps_names)
		set_lines(folders->state, batch, others);
	if (fsync(folders->state) < 0)
		return -1;
	/* What was the batch; or nothing, without RENAME_EXCHANGE. */
	return unlinkat(folders->tmp, name, 0) == 0 || errno == ENOENT ? 0 : -1;
}

static int
forget_in_file(struct pick *pick, const struct forget_folders *folders,
    const char *batch, int file, bool is_dry, struct pick_counts *counts)
{
	struct stat status;

	if (pick_count(pick, file, counts) < 0)
		return -1;
	if (counts->wanted == 0 || is_dry)
		return 0;
	if (fstat(file, &status) < 0)
		return -1;
	if (status.st_nlink > 1) {
		errno = EMLINK;
		return -1;
	}
	return counts->others > 0
		   ? forget_replace(pick, folders, batch, file, counts->others)
		   : unlinkat(folders->state, batch, 0);
}

int
forget_batch(struct pick *pick, const struct forget_folders *folders,
    const char *batch, bool is_dry, struct pick_counts *counts)
{
	int file = batch_open(folders->state, batch), result;

	if (file < 0)
		return -1;
	result = forget_in_file(pick, folders, batch, file, is_dry, counts);
	(void)fd_close(file);
	return result;
}

int
forget_leftovers(int tmp)
{
	const char *name;
	DIR *stream = folder_list(tmp);
	int error;

	if (!stream)
		return -1;
	while ((name = folder_next(stream)))
		if (batch_is_beside(name) && unlinkat(tmp, name, 0) < 0 &&
		    errno != ENOENT)
			break;
	error = errno;
	folder_close(stream);
	errno = error;
	return error ? -1 : 0;
}
