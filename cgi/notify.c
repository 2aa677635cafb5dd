#include "cgi/notify.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/number.h"

/* A path, or "@" and the name of an abstract socket. -1: neither. */
static int
parse_address(const char *name, struct sockaddr_un *address, socklen_t *size)
{
	const size_t length = strlen(name);

	if (length < 2 || length >= sizeof address->sun_path ||
	    (*name != '/' && *name != '@')) {
		errno = EINVAL;
		return -1;
	}
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(address->sun_path, name, length);
	if (*name == '@')
		address->sun_path[0] = '\0';
	/* The name of an abstract socket has no NUL at its end. */
	*size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	return 0;
}

/* Both variables may be left over from another process. */
static bool
has_watchdog(void)
{
	const char *interval = getenv("WATCHDOG_USEC");
	const char *whose = getenv("WATCHDOG_PID");
	uint64_t us, pid;

	if (!interval ||
	    number_parse_digits(interval, 1, UINT64_MAX - 1, &us) < 0)
		return false;
	return !whose || (number_parse_digits(whose, 1, INT32_MAX, &pid) == 0 &&
			     pid == (uint64_t)getpid());
}

int
notify_open(struct notify *notify)
{
	const struct timeval patience = {.tv_sec = NOTIFY_WAIT_MS / 1000};
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address;
	socklen_t size;

	*notify = (struct notify){.socket = -1};
	if (!name || !*name)
		return 0;
	if (parse_address(name, &address, &size) < 0)
		return -1;
	notify->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notify->socket < 0)
		return -1;
	if (setsockopt(notify->socket, SOL_SOCKET, SO_SNDTIMEO, &patience,
		sizeof patience) < 0 ||
	    connect(notify->socket, (const struct sockaddr *)&address, size) <
		0) {
		notify->socket = fd_close(notify->socket);
		return -1;
	}
	notify->watchdog = has_watchdog();
	return 0;
}

/* A manager that is gone, or reads nothing, is no fault of the requests. */
static void
send_state(const struct notify *notify, const char *state)
{
	if (notify->socket >= 0 &&
	    write(notify->socket, state, strlen(state)) < 0)
		return;
}

void
notify_ready(const struct notify *notify)
{
	send_state(notify, "READY=1");
}

void
notify_stopping(const struct notify *notify)
{
	send_state(notify, "STOPPING=1");
}

void
notify_alive(const struct notify *notify)
{
	struct pollfd room = {.fd = notify->socket, .events = POLLOUT};

	if (notify->watchdog && poll(&room, 1, 0) == 1)
		send_state(notify, "WATCHDOG=1");
}

void
notify_close(struct notify *notify)
{
	notify->socket = fd_close(notify->socket);
}
