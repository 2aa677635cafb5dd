#include "spool/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>

#include "base/clock.h"

#define PAUSE_MS 10

int
lease_open(int folder, const char *name, int flags)
{
	const int64_t end = clock_ms() + LEASE_WAIT_MS;
	int fd;

	flags |= O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	/* Each try asks the holder: open(2). */
	while ((fd = openat(folder, name, flags, 0)) < 0 && errno == EAGAIN) {
		if (clock_ms() >= end) {
			errno = EBUSY;
			return -1;
		}
		poll(NULL, 0, PAUSE_MS);
	}
	return fd;
}
