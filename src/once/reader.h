/*
 * reader.h: the input, copied into a file by a thread, so that its first lines
 * can be read meanwhile.
 */
#ifndef READER_H
#define READER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "once/scratch.h"

/* The caller sets the descriptors, and what the thread does behind the end of
   the input, unless that failed; or NULL. */
struct reader {
	int from, file;
	void (*then)(void *to);
	void *to;

	pthread_t thread;
	bool has_thread;
	pthread_mutex_t lock; /* for all below */
	pthread_cond_t changed;
	uint64_t size; /* of the file */
	bool is_over;
	enum scratch_end end;
	int error;
};

/* Without a thread the calls do the same, one after the other. */
void reader_start(struct reader *reader);

/* Waits until more than SIZE bytes are there, or the input IS_OVER. Returns how
   many are there. */
uint64_t reader_wait(struct reader *reader, uint64_t size, bool *is_over);

/* Waits for the end of the thread, if there is one. As scratch_fill. */
enum scratch_end reader_end(struct reader *reader) MUST_USE;

#endif
