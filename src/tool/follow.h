/*
 * follow.h: waits until a journal changes: by inotify(7), and at the latest
 * every FOLLOW_MS, since that does not tell what another host writes.
 */
#ifndef FOLLOW_H
#define FOLLOW_H

#include <stdbool.h>

#define FOLLOW_MS 1000

struct follow {
	int fd; /* -1: there is no inotify, and time alone wakes */
};

void follow_open(struct follow *follow);
void follow_close(struct follow *follow);

/* Watches an open folder for new files, and for what is written to those in it.
   Watch before reading, and nothing is missed; again is harmless. */
void follow_watch(const struct follow *follow, int folder);

/* Returns when something changed, or it is time. False: nobody reads standard
   output any more. */
bool follow_wait(struct follow *follow);

#endif
