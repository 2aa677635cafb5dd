/* watch.h: waits for new batches in the folders of campaigns: inotify(7). */
#ifndef WATCH_H
#define WATCH_H

#include "base/attributes.h"

struct watch {
	int fd;
};

int watch_open(struct watch *watch) MUST_USE;
void watch_close(struct watch *watch);

/*
 * Watch PATH for new campaigns and its own removal, and the folder of a
 * campaign for batches. Watch before listing the folder, and nothing is missed;
 * to watch it again is harmless. 0, or -1 and errno.
 */
int watch_path(struct watch *watch, const char *path) MUST_USE;
int watch_campaign(struct watch *watch, int folder) MUST_USE;

/*
 * Returns when something changed, when SIGNALS is readable, or after MS
 * milliseconds unless that is -1. Then watch everything again: after a folder
 * was moved away, nothing is watched any more.
 */
void watch_wait(struct watch *watch, int signals, int ms);

#endif
