/*
 * notify.h: tells the service manager that started the process how it does, as
 * sd_notify(3) does, in datagrams to the socket that $NOTIFY_SOCKET names.
 *
 * The socket is connected before the sandbox is entered, which forbids to open
 * one. Where nobody asked to be notified, each call does nothing.
 *
 * Sources: sd_notify(3), sd_watchdog_enabled(3).
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <stdbool.h>

#include "base/attributes.h"

/* READY and STOPPING wait this long for room; a sign of life does not wait. */
#define NOTIFY_WAIT_MS 1000

struct notify {
	int socket;    /* or -1 */
	bool watchdog; /* the manager ends a process that is silent */
};

/* Reads the environment. 0, also without a manager; or -1 and errno, and then
   the other calls do nothing. */
int notify_open(struct notify *notify) MUST_USE;

/* The start has succeeded: requests are served. */
void notify_ready(const struct notify *notify);

/* From now on the process only finishes what it has accepted. */
void notify_stopping(const struct notify *notify);

/* The process is alive. Call it every second or so, from a thread that waits
   for no disk: one that hangs is no reason to end the process. */
void notify_alive(const struct notify *notify);

void notify_close(struct notify *notify);

#endif
