#include "tool/lock_wait.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/time.h>

#include "base/clock.h"
#include "base/fd.h"
#include "spool/lease.h"
#include "spool/lock.h"

#define LOOK_MS 100 /* the deadline is looked at so often */
#define PAUSE_MS 10

static void
lock_wake(int signal)
{
	(void)signal;
}

/* A signal before the wait begins must not be missed: the timer repeats. */
static void
set_timer(long ms)
{
	const struct itimerval timer = {
	    {0, ms * 1000}, {0, ms * 1000}}; /* interval, first */

	(void)setitimer(ITIMER_REAL, &timer, NULL);
}

/*
 * The kernel wakes a process that waits in fcntl(2) when the lock is given up.
 * One that only looks now and then would miss the moment between two turns.
 * This lock ends with the close, and the caller asks for the real one at once.
 */
static void
lock_await(int folder, int64_t end)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = lease_open(folder, "lock", O_RDWR), result;

	if (fd < 0) {
		poll(NULL, 0, PAUSE_MS);
		return;
	}
	set_timer(LOOK_MS);
	do
		result = fcntl(fd, F_SETLKW, &lock);
	while (result < 0 && errno == EINTR && clock_ms() < end);
	set_timer(0);
	if (result < 0 && errno != EINTR)
		poll(NULL, 0, PAUSE_MS);
	(void)fd_close(fd);
}

int
lock_wait(int folder, uint64_t seconds, pid_t *holder)
{
	const int64_t end = clock_ms() + (int64_t)seconds * 1000;
	const struct sigaction wake = {.sa_handler = lock_wake};
	struct sigaction before;
	int fd = lock_campaign(folder, holder);

	if (fd >= 0 || errno != EAGAIN)
		return fd;
	if (sigaction(SIGALRM, &wake, &before) < 0)
		return -1;
	errno = EAGAIN;
	while (fd < 0 && errno == EAGAIN && clock_ms() < end) {
		lock_await(folder, end);
		fd = lock_campaign(folder, holder);
	}
	(void)sigaction(SIGALRM, &before, NULL);
	return fd;
}
