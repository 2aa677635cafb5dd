/*
 * ahead.h: what a FastCGI peer sends ahead of a request's body.
 *
 * libfcgi keeps all variables in memory, however many come. So they are looked
 * at in the socket first (MSG_PEEK), and libfcgi reads a request only once all
 * that comes ahead of its body is there, within AHEAD_MAX bytes.
 *
 * Source of the records: the FastCGI specification 1.0, sections 3.3 and 5.
 */
#ifndef AHEAD_H
#define AHEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "cgi/read_timeout.h"

/* Twice what nginx takes of a client by default. A Unix socket holds more:
   about 200 KiB. */
#define AHEAD_MAX ((size_t)128 * 1024)

enum ahead {
	AHEAD_MORE, /* there is more to come ahead of the body */
	AHEAD_DONE, /* the body is next, or something that libfcgi refuses */
	AHEAD_QUESTION, /* a management record is first, and all there */
	AHEAD_BAD, /* libfcgi and this file could disagree on what follows */
};

/* What SIZE bytes from the start of a request are. */
enum ahead ahead_judge(const unsigned char *bytes, size_t size);

/*
 * Waits until all that comes ahead of the body is there, and answers questions
 * before it. 0, or -1 and errno. EAGAIN: nothing has come yet. EPROTO: it is
 * over AHEAD_MAX, or bad, or READING was cut off, or there is no memory; close
 * the connection.
 */
int ahead_wait(int connection, const struct read_timeout *reading) MUST_USE;

#endif
