#include "tool/follow.h"

#include <poll.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/fd.h"

void
follow_open(struct follow *follow)
{
	follow->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
}

void
follow_close(struct follow *follow)
{
	follow->fd = fd_close(follow->fd);
}

/* Without a watch, as when the user has too many, time alone wakes. */
void
follow_watch(const struct follow *follow, int folder)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", folder);
	if (follow->fd >= 0 && folder >= 0)
		(void)!inotify_add_watch(follow->fd, path,
		    IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
}

bool
follow_wait(struct follow *follow)
{
	struct pollfd polled[] = {
	    {.fd = follow->fd, .events = POLLIN},
	    {.fd = STDOUT_FILENO},
	};
	char events[4096];

	(void)!poll(polled, 2, FOLLOW_MS);
	while (follow->fd >= 0 && read(follow->fd, events, sizeof events) > 0)
		;
	return !(polled[1].revents & POLLERR);
}
