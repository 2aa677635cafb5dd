#include "cgi/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/number.h"

#define LOCK_TRIES 100
#define LOCK_PAUSE 50 /* ms */

/* 0, or -1: ADDRESS is not HOST:PORT. */
static int
parse_internet(
    const char *address, struct sockaddr_storage *internet, socklen_t *size)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)internet;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)internet;
	const char *colon = strrchr(address, ':');
	char host[INET6_ADDRSTRLEN + 2];
	size_t length = colon ? (size_t)(colon - address) : 0;
	uint64_t port;

	if (!colon || length >= sizeof host ||
	    number_parse_digits(colon + 1, 1, 65535, &port) < 0)
		return -1;
	memcpy(host, address, length);
	host[length] = '\0';
	memset(internet, 0, sizeof *internet);
	if (length > 2 && host[0] == '[' && host[length - 1] == ']') {
		host[length - 1] = '\0';
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		*size = sizeof *v6;
		if (inet_pton(AF_INET6, host + 1, &v6->sin6_addr) != 1)
			return -1;
		return 0;
	}
	v4->sin_family = AF_INET;
	v4->sin_port = htons((uint16_t)port);
	*size = sizeof *v4;
	if (strcmp(host, "localhost") == 0)
		v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else if (inet_pton(AF_INET, host, &v4->sin_addr) != 1)
		return -1;
	return 0;
}

static int
open_internet(const struct sockaddr_storage *internet, socklen_t size)
{
	int fd, on = 1;

	fd = socket(internet->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
	    bind(fd, (const struct sockaddr *)internet, size) < 0 ||
	    listen(fd, LISTENER_BACKLOG) < 0)
		return fd_close(fd);
	return fd;
}

/* Is there a socket at this address that nobody listens on any more? */
static bool
is_dead(const struct sockaddr_un *local)
{
	struct stat status;
	bool refused;
	int fd;

	if (lstat(local->sun_path, &status) < 0 || !S_ISSOCK(status.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	refused =
	    connect(fd, (const struct sockaddr *)local, sizeof *local) < 0 &&
	    errno == ECONNREFUSED;
	close(fd);
	return refused;
}

static int
bind_local(int fd, const struct sockaddr_un *local)
{
	const struct sockaddr *address = (const struct sockaddr *)local;

	if (bind(fd, address, sizeof *local) == 0)
		return 0;
	if (errno != EADDRINUSE)
		return -1;
	if (!is_dead(local)) {
		errno = EADDRINUSE;
		return -1;
	}
	if (unlink(local->sun_path) < 0)
		return -1;
	return bind(fd, address, sizeof *local);
}

/*
 * Nobody can connect between bind and listen, so the mode is right from the
 * first connection on.
 */
static int
open_local(const struct sockaddr_un *local, mode_t mode)
{
	int fd;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (bind_local(fd, local) < 0)
		return fd_close(fd);
	if (chmod(local->sun_path, mode) < 0 ||
	    listen(fd, LISTENER_BACKLOG) < 0) {
		int error = errno;

		unlink(local->sun_path);
		return fd_close_error(fd, error);
	}
	return fd;
}

/*
 * Locks the folder that the socket is in, so that two starts at once do not
 * each take the other's socket for a dead one.
 */
static int
lock_folder_of(const char *path)
{
	char *folder = strdup(path), *slash;
	int fd = -1, tries;

	if (!folder)
		return -1;
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder ? 1 : 0] = '\0';
	fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	/* Anybody who can open the folder can lock it: do not wait for ever. */
	for (tries = 0;
	     fd >= 0 && tries < LOCK_TRIES && flock(fd, LOCK_EX | LOCK_NB) < 0;
	     tries++)
		poll(NULL, 0, LOCK_PAUSE);
	return fd;
}

int
listener_open(struct listener *listener, const char *address, mode_t mode)
{
	struct sockaddr_storage internet;
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	socklen_t size;
	int folder;

	*listener = (struct listener){.fd = -1, .owned = true};
	if (!strchr(address, '/')) {
		errno = EINVAL;
		if (parse_internet(address, &internet, &size) == 0)
			listener->fd = open_internet(&internet, size);
		return listener->fd < 0 ? -1 : 0;
	}
	if (strlen(address) >= sizeof local.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(local.sun_path, address, strlen(address) + 1);
	folder = lock_folder_of(address);
	if (folder < 0)
		return -1;
	listener->fd = open_local(&local, mode);
	if (listener->fd >= 0 && lstat(address, &listener->status) == 0)
		listener->path = address;
	fd_close(folder);
	return listener->fd < 0 ? -1 : 0;
}

void
listener_unlink(const struct listener *listener)
{
	struct stat now;

	if (listener->path && lstat(listener->path, &now) == 0 &&
	    now.st_dev == listener->status.st_dev &&
	    now.st_ino == listener->status.st_ino)
		unlink(listener->path);
}

bool
listener_is_listening(int fd)
{
	int listening = 0;
	socklen_t size = sizeof listening;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) ==
		   0 &&
	       listening;
}
