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

/* What is not there, or no folder, needs no watch: it is seen when it is made.
 */
static void
add(const struct watch *watch, const char *path, uint32_t events, int *error)
{
	if (inotify_add_watch(watch->fd, path, events) < 0 && errno != ENOENT &&
	    errno != ENOTDIR)
		*error = errno;
}

bool
watch_targets(
    struct watch *watch, const char *path, const struct targets *targets)
{
	const uint32_t made = IN_CREATE | IN_MOVED_TO;
	char inner[64];
	int error = 0;
	size_t i;

	add(watch, path, made, &error);
	/* By descriptor, so that what is watched is what is drained. */
	for (i = 0; i < targets->count; i++) {
		snprintf(inner, sizeof inner, "/proc/self/fd/%d",
		    targets->list[i].folder);
		add(watch, inner, made | IN_ONLYDIR, &error);
		snprintf(inner, sizeof inner, "/proc/self/fd/%d/new",
		    targets->list[i].folder);
		add(watch, inner, IN_MOVED_TO | IN_ONLYDIR, &error);
	}
	errno = error;
	return error == 0;
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
