/* opener.h: STATE, opened by a thread while the input is read. */
#ifndef OPENER_H
#define OPENER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "once/state.h"

/* The caller sets what is to be opened, and how many lines will come. */
struct opener {
	struct state *state;
	const struct state_driver *driver;
	const char *file;
	bool has_profiles;
	uint64_t lines;

	pthread_t thread;
	bool has_thread;
	int result; /* of state_open: 0 or -1; 0 before it */
};

/* False: there is no thread for it, and opener_open is left to the caller. */
bool opener_start(struct opener *opener);

/* Opens STATE here and now. */
void opener_open(void *opener_of);

/* Waits for the end of the thread, if there is one. Returns the result. */
int opener_end(struct opener *opener);

#endif
