#include "drain/watch.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"

int
watch_open(struct watch *watch)
{
	watch->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	return watch->fd < 0 ? -1 : 0;
}

void
watch_close(struct watch *watch)
{
	fd_close(watch->fd);
}

/*
 * A folder that is missing needs no watch: the one above shows when it is made.
 * IN_MASK_ADD, since one folder may be watched both as a path and as a
 * campaign.
 */
static int
watch_add(const struct watch *watch, const char *path, uint32_t events)
{
	if (inotify_add_watch(watch->fd, path, events | IN_MASK_ADD) < 0 &&
	    errno != ENOENT && errno != ENOTDIR)
		return -1;
	return 0;
}

int
watch_path(struct watch *watch, const char *path)
{
	return watch_add(watch, path,
	    IN_CREATE | IN_MOVED_TO | IN_MOVE_SELF | IN_DELETE_SELF);
}

/* By its descriptor, so that the folder watched is the one drained. */
int
watch_campaign(struct watch *watch, int folder)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", folder);
	if (watch_add(watch, path,
		IN_CREATE | IN_MOVED_TO | IN_MOVE_SELF | IN_ONLYDIR) < 0)
		return -1;
	snprintf(path, sizeof path, "/proc/self/fd/%d/new", folder);
	return watch_add(watch, path, IN_MOVED_TO | IN_ONLYDIR);
}

/* Was a folder moved away? All other events are only a reason to look. */
static bool
read_events(struct watch *watch)
{
	char events[4096]
	    __attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *event;
	bool moved = false;
	ssize_t got;
	size_t at;

	while ((got = read(watch->fd, events, sizeof events)) > 0)
		for (at = 0; at < (size_t)got;
		     at += sizeof *event + event->len) {
			event = (const struct inotify_event *)(events + at);
			moved |= (event->mask & IN_MOVE_SELF) != 0;
		}
	return moved;
}

/* A watch follows its folder wherever it is moved; so begin with new ones. */
static void
forget_all(struct watch *watch)
{
	struct watch fresh;

	if (watch_open(&fresh) < 0)
		return;
	watch_close(watch);
	*watch = fresh;
}

void
watch_wait(struct watch *watch, int signals, int ms)
{
	struct pollfd polled[2] = {
	    {.fd = signals, .events = POLLIN},
	    {.fd = watch->fd, .events = POLLIN},
	};

	poll(polled, 2, ms);
	if (read_events(watch))
		forget_all(watch);
}
