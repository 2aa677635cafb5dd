/* system_log.h: messages for the system's log in place of standard error. */
#ifndef SYSTEM_LOG_H
#define SYSTEM_LOG_H

#include "base/attributes.h"

/*
 * From now on messages (say.h) go to syslog(3): of the facility user, with the
 * program's first word as their tag, as warnings or errors. 0; or -1 and errno:
 * nobody listens there, and they still go to standard error.
 */
int system_log_take(void) MUST_USE;

#endif
