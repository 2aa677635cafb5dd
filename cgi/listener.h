/*
 * listener.h: the socket that a web server connects to.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/attributes.h"

#define LISTENER_BACKLOG 4096 /* net.core.somaxconn of Linux 5.4 and later */

struct listener {
	int fd;
	bool owned;         /* made here: it dies with this process */
	const char *path;   /* an owned Unix socket's, borrowed; else NULL */
	struct stat status; /* the file at that path */
};

/*
 * Listens on ADDRESS: "HOST:PORT" with a numeric IPv4 address, an IPv6 address
 * in brackets, or "localhost", or on the path of a Unix socket, which has a
 * slash and gets MODE. A dead socket in the way is replaced. 0, or -1 and
 * errno: EADDRINUSE for a live socket, or a file that is not a socket; EINVAL
 * for what is not an address.
 */
int listener_open(
    struct listener *listener, const char *address, mode_t mode) MUST_USE;

/* Removes the socket's file, unless another one has taken its place. */
void listener_unlink(const struct listener *listener);

/* Is FD a listening socket, as a web server or systemd passes one? */
bool listener_is_listening(int fd);

#endif
