/*
 * sandbox.h: what the program gives up once it is set up, so that a fault in
 * what reads hostile bytes opens nothing else.
 *
 * Left are the spool, where files can be made, named and removed but none read;
 * the sockets that are open; and the memory it has. One file for each
 * mechanism. Give up before threads are started: they inherit it.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "base/attributes.h"

struct sandbox {
	int spool; /* a descriptor of its folder, -1: requests name theirs */
	const char *socket; /* a path that is removed at the end, or NULL */
	const char *secret_file; /* that is read again, or NULL */
};

/* Tells of a mechanism that this machine does not have; never called twice for
   one. */
typedef void sandbox_report(const char *mechanism, const char *why);

/* Gives up what it can; what is missing is reported, unless REPORT is NULL, and
   stops nothing. */
void sandbox_enter(const struct sandbox *sandbox, sandbox_report *report);

/* The mechanisms: NULL, or why it is not there. */

/* landlock(7): no file but below the spool, no TCP connection, no signal to
   others. Without a spool it gives up nothing. */
const char *sandbox_landlock(const struct sandbox *sandbox) MUST_USE;

/* seccomp(2): no system call that is not on a list. Any other one kills the
   process, which the kernel logs. */
const char *sandbox_seccomp(const struct sandbox *sandbox) MUST_USE;

/* prctl(2): no new privileges, no core dumps, which would hold personal data.
 */
const char *sandbox_privileges(const struct sandbox *sandbox) MUST_USE;
const char *sandbox_core_dumps(const struct sandbox *sandbox) MUST_USE;

#endif
