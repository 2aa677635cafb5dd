#include "watch.h"

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

void
watch_targets(
    struct watch *watch, const char *path, const struct targets *targets)
{
	char inner[64];
	size_t i;

	/* By descriptor, so that what is watched is what is drained. */
	(void)inotify_add_watch(watch->fd, path, IN_CREATE | IN_MOVED_TO);
	for (i = 0; i < targets->count; i++) {
		snprintf(inner, sizeof inner, "/proc/self/fd/%d",
		    targets->list[i].folder);
		(void)inotify_add_watch(
		    watch->fd, inner, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
		snprintf(inner, sizeof inner, "/proc/self/fd/%d/new",
		    targets->list[i].folder);
		(void)inotify_add_watch(
		    watch->fd, inner, IN_MOVED_TO | IN_ONLYDIR);
	}
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
