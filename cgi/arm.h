/* arm.h: a connection waits in an epoll for one event. */
#ifndef ARM_H
#define ARM_H

#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "base/attributes.h"

/* Whether the connection is in EPOLL or not. The thread that gets the event
   owns the connection. 0, or -1 and errno. */
static inline int MUST_USE
arm(int epoll, int connection, uint64_t data)
{
	struct epoll_event event = {
	    .events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT,
	    .data = {.u64 = data},
	};

	if (epoll_ctl(epoll, EPOLL_CTL_MOD, connection, &event) == 0)
		return 0;
	if (errno != ENOENT)
		return -1;
	return epoll_ctl(epoll, EPOLL_CTL_ADD, connection, &event);
}

#endif
