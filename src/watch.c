#include "watch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

int
watch_open(struct watch *watch)
{
	watch->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	return watch->fd < 0 ? -1 : 0;
}

void
watch_close(struct watch *watch)
{
	close(watch->fd);
}

/*
 * What is not there, or no folder, needs no watch: it is seen when it is made.
 * A campaign that is named is a path and a campaign.
 */
static int
add(const struct watch *watch, const char *path, uint32_t events)
{
	if (inotify_add_watch(watch->fd, path, events | IN_MASK_ADD) < 0 &&
	    errno != ENOENT && errno != ENOTDIR)
		return -1;
	return 0;
}

int
watch_path(struct watch *watch, const char *path)
{
	return add(watch, path,
	    IN_CREATE | IN_MOVED_TO | IN_MOVE_SELF | IN_DELETE_SELF);
}

/* By descriptor, so that what is watched is what is drained. */
int
watch_campaign(struct watch *watch, int folder)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", folder);
	if (add(watch, path, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0)
		return -1;
	snprintf(path, sizeof path, "/proc/self/fd/%d/new", folder);
	return add(watch, path, IN_MOVED_TO | IN_ONLYDIR);
}

static void
forget_events(struct watch *watch)
{
	char events[4096]
	    __attribute__((aligned(__alignof__(struct inotify_event))));

	while (read(watch->fd, events, sizeof events) > 0)
		;
}

void
watch_wait(struct watch *watch, int signals, int ms)
{
	struct pollfd polled[2] = {
	    {.fd = signals, .events = POLLIN},
	    {.fd = watch->fd, .events = POLLIN},
	};

	poll(polled, 2, ms);
	forget_events(watch);
}
