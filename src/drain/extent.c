#include "drain/extent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* 0, or -1 and errno; a batch that is gone adds nothing. */
static int
extent_add(struct extent *extent, const char *name)
{
	size_t lines;
	uint64_t bytes;

	if (batch_count_users(extent->folder, name, &lines, &bytes) < 0)
		return errno == ENOENT || errno == EINVAL || errno == ELOOP
			   ? 0
			   : -1;
	memcpy(extent->names[extent->count], name, strlen(name) + 1);
	extent->ends[extent->count] = extent_lines(extent) + lines;
	extent->count++;
	return 0;
}

int
extent_open(struct extent *extent, int folder, batch_name *names, size_t count)
{
	size_t i;

	*extent = (struct extent){.folder = folder,
	    .names = calloc(count, sizeof *extent->names),
	    .ends = calloc(count, sizeof *extent->ends)};
	for (i = 0; i < count && extent->names && extent->ends; i++)
		if (extent_add(extent, names[i]) < 0)
			break;
	if (i == count)
		return 0;
	extent_free(extent);
	return -1;
}

/* Keeps errno. */
void
extent_free(struct extent *extent)
{
	const int error = errno;

	free(extent->names);
	free(extent->ends);
	errno = error;
}

size_t
extent_lines(const struct extent *extent)
{
	return extent_start(extent, extent->count);
}

size_t
extent_start(const struct extent *extent, size_t batch)
{
	return batch == 0 ? 0 : extent->ends[batch - 1];
}

/* The batch that has a line. */
static size_t
extent_find(const struct extent *extent, size_t line)
{
	size_t low = 0, high = extent->count - 1, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (extent->ends[middle] > line)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

struct source_part
extent_part(const struct extent *extent, size_t from, size_t to)
{
	size_t first = extent_find(extent, from);
	size_t last = extent_find(extent, to - 1);

	return (struct source_part){.folder = extent->folder,
	    .names = &extent->names[first],
	    .count = last - first + 1,
	    .skip = from - extent_start(extent, first),
	    .lines = to - from,
	    .is_cut = to < extent->ends[last],
	    .is_counted = true};
}
