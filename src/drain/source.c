#include "drain/source.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"

#define BUFFER_SIZE ((size_t)256 * 1024)

int
source_open(struct source *source, int folder, batch_name *names, size_t count)
{
	*source = (struct source){.buffer = malloc(BUFFER_SIZE),
	    .folder = folder,
	    .names = names,
	    .count = count,
	    .file = -1};
	return source->buffer ? 0 : -1;
}

void
source_close(struct source *source)
{
	fd_close(source->file);
	free(source->buffer);
}

int
source_fill(struct source *source)
{
	ssize_t got;

	while (source->file >= 0 || source->next < source->count) {
		if (source->file < 0) {
			source->file = batch_open(
			    source->folder, source->names[source->next++]);
			source->last = '\n';
		}
		if (source->file < 0)
			return -1;
		got = read(source->file, source->buffer, BUFFER_SIZE);
		if (got < 0)
			return -1;
		source->start = 0;
		source->end = (size_t)got;
		if (got > 0) {
			source->last = source->buffer[got - 1];
			return 1;
		}
		close(source->file);
		source->file = -1;
		if (source->last != '\n') {
			source->buffer[source->end++] = '\n';
			return 1;
		}
	}
	return 0;
}
