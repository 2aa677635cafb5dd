/*
 * watch.h: waits until something new may be in the folders of campaigns, with
 * inotify(7).
 */
#ifndef WATCH_H
#define WATCH_H

#include <stdbool.h>

#include "attributes.h"
#include "target.h"

struct watch {
	int fd;
};

int watch_open(struct watch *watch) MUST_USE;
void watch_close(struct watch *watch);

/*
 * Watches PATH for new campaigns and each target for batches. Doing so again is
 * harmless; do it before looking into the folders, and nothing is missed. false
 * and errno: not all can be watched.
 */
bool watch_targets(struct watch *watch, const char *path,
    const struct targets *targets) MUST_USE;

/*
 * Returns when something changed, when SIGNALS is readable, or after MS
 * milliseconds unless that is -1.
 */
void watch_wait(struct watch *watch, int signals, int ms);

#endif
