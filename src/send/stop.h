/*
 * stop.h: SIGTERM, SIGINT and SIGHUP ask for a stop.
 *
 * The first signal makes a descriptor readable, which ends any waiting. The
 * same signal again ends the process at once, whatever it is doing: that takes
 * a handler, since a signalfd is of no use while a jq filter runs for ever. A
 * signal that is ignored at the start, as under nohup, stays ignored.
 */
#ifndef STOP_H
#define STOP_H

#include <stdbool.h>

#include "base/attributes.h"

/* By main, once. A descriptor that becomes and stays readable; -1 and errno. */
int stop_open(void) MUST_USE;

bool stop_is_asked(void);

#endif
