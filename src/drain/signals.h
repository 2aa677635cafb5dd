/* signals.h: the signals of a drain, read from one descriptor per process. */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <stdbool.h>

#include "base/attributes.h"

struct signals {
	int fd;        /* readable when SIGCHLD or a signal to stop came */
	bool stopping; /* SIGTERM, SIGINT or SIGHUP came */
};

/*
 * Blocks the signals and opens the descriptor. One that the parent ignores, as
 * nohup does with SIGHUP, stays ignored. 0, or -1 and errno.
 */
int signals_open(struct signals *signals) MUST_USE;
void signals_close(struct signals *signals);

/* Takes the signals that came; returns how many of them ask to stop. */
unsigned signals_read(struct signals *signals);

#endif
