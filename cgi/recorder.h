/*
 * recorder.h: writes the journals of an endpoint (journal.h) when no group of
 * requests does it, in a thread of its own: a disk that hangs holds up neither
 * an answer, nor the signs of life.
 */
#ifndef RECORDER_H
#define RECORDER_H

#include <pthread.h>
#include <stdbool.h>

#include "base/attributes.h"

struct endpoint;

/* Between two writes, so that a flood costs little. */
#define RECORDER_PAUSE_MS 100L

struct recorder {
	struct endpoint *endpoint;
	bool runs;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t change, end;
	bool is_wanted, ends; /* under the mutex */
};

/* Without a thread only groups of requests are written, and what is left at
   the end. */
void recorder_start(struct recorder *recorder, struct endpoint *endpoint);

/* What was noted is to be written. Any thread's; does nothing unless it was
   started. */
void recorder_wake(struct recorder *recorder);

/* The same, if anything is due. Call it every second or so. */
void recorder_tick(struct recorder *recorder);

/* Is the thread gone, and has it written all? If not, after a second, a disk
   hangs: leave it what it uses. */
bool recorder_end(struct recorder *recorder) MUST_USE;

#endif
