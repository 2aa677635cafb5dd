/*
 * sandbox.h: what the program gives up once it is set up, so that a bug in the
 * code that reads hostile bytes opens nothing else.
 *
 * It keeps the spool, where it can make, name and remove files, and read only
 * those of the journal; the sockets that are open; and its memory. Each
 * mechanism has a file. Enter before threads are started: they inherit the
 * sandbox.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>

#include "base/attributes.h"

struct sandbox {
	int spool; /* a descriptor of its folder; -1: requests name theirs */
	const char *socket; /* the path that is removed at the end, or NULL */
	const char *secret_file; /* read again on SIGHUP, or NULL */
};

/* Called once for each mechanism that this machine lacks. */
typedef void sandbox_report(const char *mechanism, const char *why);

/* Enters each mechanism that there is. One that is missing stops nothing, and
   is reported unless REPORT is NULL. Was it all? */
bool sandbox_enter(const struct sandbox *sandbox, sandbox_report *report);

/* The mechanisms return NULL, or why the machine lacks them. */

/* landlock(7): no files except below the spool, no TCP connections, no signals
   to others. Without a spool it does nothing. */
const char *sandbox_landlock(const struct sandbox *sandbox) MUST_USE;

/* seccomp(2): only the system calls on a list. Any other one kills the process,
   which the kernel logs. */
const char *sandbox_seccomp(const struct sandbox *sandbox) MUST_USE;

/* prctl(2): no new privileges; no core dumps, which would hold users. */
const char *sandbox_privileges(const struct sandbox *sandbox) MUST_USE;
const char *sandbox_core_dumps(const struct sandbox *sandbox) MUST_USE;

/*
 * As strerror, except that EPERM and EACCES name what they mean here: another
 * filter of system calls, a service manager's or a container's, forbids the
 * mechanism, which the kernel may well have.
 */
const char *sandbox_strerror(int error) MUST_USE;

#endif
