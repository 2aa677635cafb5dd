/*
 * reload.h: reads the secret again while requests are served, in a thread of
 * its own: a disk that hangs holds up neither the signals nor the signs of
 * life.
 *
 * All calls are the main thread's.
 */
#ifndef RELOAD_H
#define RELOAD_H

#include <pthread.h>
#include <stdbool.h>

#include "base/attributes.h"

struct endpoint;

struct reload {
	struct endpoint *endpoint;
	/* Called by the thread. NULL: the secret was read; else a sentence. */
	void (*report)(const char *error);
	pthread_t thread;
	bool runs;  /* it was started and is not joined */
	bool again; /* the file may have changed since it began to read */
};

void reload_init(struct reload *reload, struct endpoint *endpoint,
    void (*report)(const char *error));

/* Reads the secret, if there is one; while a thread still reads, later. */
void reload_start(struct reload *reload);

/* Does what reload_start has put off. Call it every second or so. */
void reload_tick(struct reload *reload);

/* Is the thread gone, after a second at most? If not, a disk hangs: leave it
   what it uses. */
bool reload_end(struct reload *reload) MUST_USE;

#endif
