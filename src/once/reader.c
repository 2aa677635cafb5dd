#include "once/reader.h"

#include <errno.h>

static void
set_size(void *reader_of, uint64_t size)
{
	struct reader *reader = reader_of;

	(void)pthread_mutex_lock(&reader->lock);
	reader->size = size;
	(void)pthread_cond_signal(&reader->changed);
	(void)pthread_mutex_unlock(&reader->lock);
}

static void *
read_all(void *reader_of)
{
	struct reader *reader = reader_of;
	const enum scratch_end end =
	    scratch_fill(reader->file, reader->from, set_size, reader);
	const int error = errno;

	(void)pthread_mutex_lock(&reader->lock);
	reader->end = end;
	reader->error = error;
	reader->is_over = true;
	(void)pthread_cond_signal(&reader->changed);
	(void)pthread_mutex_unlock(&reader->lock);
	if (end == SCRATCH_DONE && reader->then)
		reader->then(reader->to);
	return NULL;
}

void
reader_start(struct reader *reader)
{
	reader->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	reader->changed = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	reader->has_thread =
	    pthread_create(&reader->thread, NULL, read_all, reader) == 0;
	if (!reader->has_thread)
		(void)read_all(reader);
}

uint64_t
reader_wait(struct reader *reader, uint64_t size, bool *is_over)
{
	(void)pthread_mutex_lock(&reader->lock);
	while (reader->size <= size && !reader->is_over)
		(void)pthread_cond_wait(&reader->changed, &reader->lock);
	size = reader->size;
	*is_over = reader->is_over;
	(void)pthread_mutex_unlock(&reader->lock);
	return size;
}

enum scratch_end
reader_end(struct reader *reader)
{
	if (reader->has_thread)
		(void)pthread_join(reader->thread, NULL);
	reader->has_thread = false;
	errno = reader->error;
	return reader->end;
}
