/* fd.h: what descriptors need everywhere. */
#ifndef FD_H
#define FD_H

#include <stddef.h>

#include "base/attributes.h"

/*
 * Closes FD unless it is below 0, and keeps errno, so that an error path can
 * release what it opened: `return fd_close(fd);`. Always -1.
 */
int fd_close(int fd);

/* The same after a failure that is not in errno: sets it to ERROR. */
int fd_close_error(int fd, int error);

/* Writes all of SIZE bytes, restarted after EINTR. 0, or -1 and errno. */
int fd_write_all(int fd, const void *bytes, size_t size) MUST_USE;

/*
 * Opens /dev/null in place of each of descriptors 0, 1 and 2 that is closed:
 * the next file opened would otherwise take its number, and be read as input or
 * get what is written for people. As on a closed descriptor, reading 0 fails,
 * and so does writing to 1 and 2. 0, or -1 and errno.
 */
int fd_occupy_standard(void) MUST_USE;

#endif
